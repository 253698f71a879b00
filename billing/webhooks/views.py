"""`POST /billing/webhook`: the endpoint that Stripe calls."""

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from billing.webhooks import intake
from common.http.envelope import ok
from common.http.errors import FileTooLarge
from common.http.views import ApiView


@extend_schema(exclude=True)
class WebhookView(ApiView):
    """`POST /billing/webhook`: it is authenticated by Stripe's signature, without login or rate
    limit.
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    def post(self, request: Request) -> Response:
        stored = intake.receive(
            body=_body(request),
            signature=request.headers.get("Stripe-Signature"),
            now=timezone.now(),
        )
        return ok({"received": True, "new": stored})


def _body(request: Request) -> bytes:
    """The raw body that was signed. Raises `FileTooLarge`, before reading it if its length is
    declared.
    """
    most = settings.STRIPE_WEBHOOK_MAX_BYTES
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    body = request._request.body if announced <= most else b""
    if max(announced, len(body)) > most:
        raise FileTooLarge(f"An event has at most {most} bytes", details={"maxBytes": most})
    return body
