"""Rendering of a token pair, in answers and in the documentation."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.response import Response

from accounts import openapi
from accounts.serializers import TokensResponseSerializer, TokensSerializer
from accounts.services import Tokens

NO_STORE = {"Cache-Control": "no-store"}


def tokens_response(tokens: Tokens, *, status: int = 200) -> Response:
    """Return the envelope, with the access token at the top level as well."""
    data = TokensSerializer(tokens).data
    body = {"success": True, "token": tokens.access, "data": data}
    return Response(body, status=status, headers=NO_STORE)


def tokens_documented(description: str) -> OpenApiResponse:
    body = {"success": True, "token": openapi.TOKEN, "data": openapi.TOKENS}
    return OpenApiResponse(
        TokensResponseSerializer,
        description=description,
        examples=[OpenApiExample("Example", value=body)],
    )
