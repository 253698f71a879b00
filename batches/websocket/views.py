"""The progress socket's address asked for by plain HTTP."""

from typing import Any, NoReturn

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from common.http.errors import UpgradeRequired
from common.http.views import ApiView


@extend_schema(exclude=True)
class SocketView(ApiView):
    """Answers 426, which explains how the address is used; WebSockets are routed elsewhere."""

    authentication_classes = []
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    def get(self, request: Request, **_: Any) -> NoReturn:
        raise UpgradeRequired()
