"""`GET /auth/me`: the caller's profile."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi
from accounts.serializers import UserSerializer
from accounts.views.caller import user_of
from common.http.envelope import ok
from common.http.errors import InvalidToken, TokenExpired, Unauthorized
from common.http.openapi import errors, success
from common.http.views import ApiView


class Me(ApiView):
    @extend_schema(
        tags=[openapi.TAG],
        summary="The account that the request acts for",
        description="Whose token, key or session it is.",
        responses={
            200: success("Me", UserSerializer, description="The account", example=openapi.USER),
            **errors(Unauthorized, InvalidToken, TokenExpired),
        },
    )
    def get(self, request: Request) -> Response:
        return ok(UserSerializer(user_of(request)).data)
