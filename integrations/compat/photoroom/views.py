"""PhotoRoom's endpoints: parse, one removal, render."""

import base64

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from billing import ledger
from billing.pricing import CREDITS_PER_IMAGE, Tier
from billing.subscriptions import queries as subscriptions
from common import storage
from common.http.auth import Scope, api_key_of
from common.http.errors import MissingRequiredField, NotFound
from common.http.parsers import FormParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, forms, removing
from integrations.compat.photoroom import SOURCE, parameters
from integrations.compat.photoroom.authentication import KeyOrSandboxKey, is_test
from integrations.compat.removing import Removed
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import keys
from removal.engine.probe import Probe
from removal.intake import RemovalRequest

CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class SegmentView(CompatView):
    """`POST /v1/segment`."""

    rate_policy = "single"
    parser_classes = [FormParser]
    authentication_classes = [KeyOrSandboxKey]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def post(self, request: Request) -> HttpResponseBase:
        form = forms.data(request)
        files = forms.files(form, "image_file")
        if not files:
            raise MissingRequiredField("Send image_file as a file in multipart/form-data")
        wanted = parameters.parse(forms.texts(form))
        test = is_test(request)
        tier = Tier.BASIC if wanted.preview or test else settings.COMPAT_TIER
        removal = RemovalRequest(
            image=forms.upload(files[-1]),
            tier=tier,
            fields={**wanted.fields, **model_fields(request, tier=tier)},
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
            free=test,
            steps={"after": {"name": "watermark"}} if test else None,
        )
        removed = removing.remove(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            measure=_nothing,
            now=timezone.now(),
        )
        return _answer(request, removed)


class AccountView(CompatView):
    """`GET /v1/account` and, with `version` 2, `GET /v2/account`: what a client may spend."""

    version = 1
    authentication_classes = [KeyOrSandboxKey]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def get(self, request: Request) -> Response:
        user_id = customer(request).pk
        standing = subscriptions.standing(user_id=user_id)
        of_plan = standing.plan.daily_quota if standing else 0
        left = max(of_plan - standing.usage.used, 0) if standing else 0
        price = CREDITS_PER_IMAGE[Tier(settings.COMPAT_TIER)]
        bought = ledger.balance(user_id=user_id).available // price
        images = {"available": bought + left, "subscription": of_plan}
        if self.version == 1:
            return Response({"credits": images})
        return Response({"images": images, "plan": standing.plan.name if standing else "none"})


def _nothing(_: Probe) -> None:
    """The rate counts requests, whatever their size."""


def _answer(request: Request, removed: Removed) -> HttpResponseBase:
    try:
        answer = _content(request, removed)
    except FileNotFoundError:
        raise NotFound("The result is no longer kept") from None
    return delivery.described(answer, removed.job)


def _content(request: Request, removed: Removed) -> StreamingHttpResponse:
    job = removed.job
    if _wants_json(request.headers.get("Accept", "")):
        body = {"base64img": base64.b64encode(storage.read(job.published_key)).decode()}
        return delivery.json_answer(request, body, then=removed.answered)
    return delivery.file_answer(
        request,
        job.published_key,
        content_type=CONTENT_TYPES[job.result_format],
        name=keys.download_name(job.filename, job.result_format),
        then=removed.answered,
    )


def _wants_json(accept: str) -> bool:
    """Clients that name a picture's type too, or take anything, expect the picture."""
    return "application/json" in accept and "*/*" not in accept and "image/" not in accept
