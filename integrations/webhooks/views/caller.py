"""The caller of a request."""

from typing import Any

from rest_framework.request import Request

NO_STORE = {"Cache-Control": "no-store"}


def user_id_of(request: Request) -> int:
    user: Any = request.user
    user_id: int = user.pk
    return user_id
