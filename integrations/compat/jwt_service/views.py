"""The JWT service's endpoints: parse, one service, render."""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import Authentication
from billing import ledger
from common.http.auth import AuthContext, Scope, api_key_of
from common.http.errors import NotFound
from common.http.parsers import FormParser, ImageUrlencodedParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, forms, removing
from integrations.compat.anonymous import (
    SharedKeyOrLocal,
    is_anonymous,
    is_shared_key,
    shared_account,
    tier_of,
)
from integrations.compat.authentication import offered
from integrations.compat.fastapi import Fields
from integrations.compat.jwt_service import SOURCE, authentication
from integrations.compat.jwt_service.authentication import TokenOrKey
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import keys, stats
from removal.health import DetailedHealthView
from removal.intake import RemovalRequest
from removal.options import OptionFields

FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}
_LONGEST_USER = 200


class KeyOfInstallation(Authentication):
    """Recognizes a key of the installation; other credentials are left to the next class."""

    def authenticate(self, request: Request) -> tuple[Any, AuthContext] | None:
        return shared_account() if is_shared_key(offered(request)) else None


class HealthView(DetailedHealthView):
    """`GET /health/`: as in the native API, and for holders of the installation's key."""

    authentication_classes = [KeyOfInstallation, Authentication]


class TokenView(CompatView):
    """`POST /auth/token?user_id=…`: a token for the holder of a key, who names a user of theirs."""

    authentication_classes = [SharedKeyOrLocal]
    permission_classes = [IsAuthenticated]

    def post(self, request: Request) -> Response:
        fields = Fields(request.query_params, where="query")
        user_id = fields.required("user_id", longest=_LONGEST_USER)
        fields.check()
        token = authentication.mint(request, sub_user=user_id)
        return Response({"access_token": token, "token_type": "bearer"})


class RemoveView(CompatView):
    """`POST /api/remove-background`: the image in the format asked for, with a binary mask."""

    rate_policy = "single"
    authentication_classes = [TokenOrKey]
    parser_classes = [FormParser, ImageUrlencodedParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def post(self, request: Request) -> HttpResponseBase:
        fields = Fields(forms.data(request), where="body")
        file = fields.file("file")
        wanted = fields.one_of("output_format", tuple(FORMATS), "png")
        fields.check()
        assert file is not None  # noqa: S101 - or else the check had refused it
        tier = tier_of(request)
        options: OptionFields = {"format": FORMATS[wanted], "binary_mask": True}
        removal = RemovalRequest(
            image=forms.upload(file),
            tier=tier,
            fields={**options, **model_fields(request, tier=tier)},
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
            free=is_anonymous(request),
        )
        removed = removing.remove(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            measure=lambda _: None,
            now=timezone.now(),
        )
        job = removed.job
        try:
            answer = delivery.file_answer(
                request,
                job.published_key,
                content_type=delivery.CONTENT_TYPES[job.result_format],
                name=keys.download_name(job.filename, job.result_format),
                then=removed.answered,
            )
        except FileNotFoundError:
            raise NotFound("The result is no longer kept") from None
        return delivery.described(answer, job)


class MetricsView(CompatView):
    """`GET /metrics/`: what the owner's account has done."""

    authentication_classes = [TokenOrKey]
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    def get(self, request: Request) -> Response:
        user_id = customer(request).pk
        totals = stats.totals(user_id=user_id)
        return Response(
            {
                "total_requests": totals.jobs,
                "successful_requests": totals.completed,
                "failed_requests": totals.failed,
                "average_processing_time": _seconds(totals.mean_ms),
                "p95_processing_time": _seconds(totals.slowest_twentieth_ms),
                "credits_used": totals.credits,
                "credits_available": ledger.balance(user_id=user_id).available,
                "user_id": request.auth.sub_user if isinstance(request.auth, AuthContext) else "",
            }
        )


def _seconds(milliseconds: float | None) -> float:
    return round(float(milliseconds or 0) / 1000, 3)
