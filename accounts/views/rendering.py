"""Rendering of a token pair."""

from rest_framework.response import Response

from accounts.serializers import TokensSerializer
from accounts.services import Tokens

NO_STORE = {"Cache-Control": "no-store"}


def tokens_response(tokens: Tokens, *, status: int = 200) -> Response:
    """Return the envelope, with the access token at the top level as well."""
    data = TokensSerializer(tokens).data
    body = {"success": True, "token": tokens.access, "data": data}
    return Response(body, status=status, headers=NO_STORE)
