"""`GET /auth/me`: the caller's profile."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.openapi import account as openapi
from accounts.serializers import UserSerializer
from accounts.views.caller import user_of
from common.http.envelope import ok
from common.http.views import ApiView


class Me(ApiView):
    @openapi.me
    def get(self, request: Request) -> Response:
        return ok(UserSerializer(user_of(request)).data)
