"""remove.bg's endpoints: parse, one removal, render."""

import math

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from billing import ledger
from billing.pricing import Tier
from billing.subscriptions import queries as subscriptions
from common import storage
from common.http import ratelimit
from common.http.auth import Scope, api_key_of
from common.http.errors import NotFound
from common.http.parsers import FormParser, ImageJsonParser, ImageUrlencodedParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, removing
from integrations.compat.removebg import (
    SOURCE,
    contributions,
    parameters,
    presenters,
    requests,
)
from integrations.compat.removebg.parameters import Parameters
from integrations.compat.removing import Removed
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import keys
from removal.engine.probe import Probe
from removal.intake import RemovalRequest

_MEGAPIXEL = 1_000_000


class RemoveBgForm(FormParser):
    large_texts = ("image_file_b64",)


class RemoveBgJson(ImageJsonParser):
    def max_image_bytes(self) -> int:
        return _max_bytes()


class RemoveBgUrlencoded(ImageUrlencodedParser):
    def max_image_bytes(self) -> int:
        return _max_bytes()


class RemoveView(CompatView):
    """`POST /v1.0/removebg`. The rate is in megapixels: a request counts as one, and a picture of
    more megapixels as that many."""

    rate_policy = "removebg"
    parser_classes = [RemoveBgForm, RemoveBgJson, RemoveBgUrlencoded]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def post(self, request: Request) -> HttpResponseBase:
        given = requests.read(request.data)
        image, has_background = requests.image(given), requests.has_background(given)
        wanted = parameters.parse(requests.texts(given), background_given=has_background)
        background = None
        if wanted.takes_background and has_background:
            background = requests.background(given, source=SOURCE)
        tier = Tier.BASIC if wanted.preview else settings.COMPAT_TIER
        removal = RemovalRequest(
            image=image,
            tier=tier,
            fields={**wanted.fields, **model_fields(request, tier=tier)},
            background=background,
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
        )
        removed = removing.remove(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            measure=self._count_megapixels,
            now=timezone.now(),
        )
        return _answer(request, removed, wanted)

    def _count_megapixels(self, probe: Probe) -> None:
        units = math.ceil(probe.width * probe.height / _MEGAPIXEL)
        if units > 1:
            identity = ratelimit.identity_of(self.request)
            self.rate_decision = ratelimit.enforce(
                self.rate_policy, identity=identity, cost=units - 1
            )


class ImproveView(CompatView):
    """`POST /v1.0/improve`: a picture that may be kept to learn from, free of charge."""

    rate_policy = "removebg"
    parser_classes = RemoveView.parser_classes
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def post(self, request: Request) -> Response:
        contributions.check_offered()
        given = requests.read(request.data)
        texts = requests.texts(given)
        kept = contributions.keep(
            user=customer(request),
            image=requests.image(given),
            filename=texts.get("image_filename", ""),
            tag=texts.get("tag", ""),
            now=timezone.now(),
        )
        return Response({"id": str(kept.contribution_id)})


class AccountView(CompatView):
    """`GET /v1.0/account`: what a client may spend."""

    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    def get(self, request: Request) -> Response:
        user_id = customer(request).pk
        standing = subscriptions.standing(user_id=user_id)
        left = standing.plan.daily_quota - standing.usage.used if standing else 0
        balance = ledger.balance(user_id=user_id)
        return Response(presenters.account(credits=balance.available, images_of_plan=max(left, 0)))


def _answer(request: Request, removed: Removed, wanted: Parameters) -> HttpResponseBase:
    job = removed.job
    try:
        answer = _content(request, removed)
    except FileNotFoundError:
        raise NotFound("The result is no longer kept") from None
    headers = presenters.result_headers(
        job, shown_type=wanted.shown_type, max_pixels=wanted.max_pixels
    )
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def _content(request: Request, removed: Removed) -> StreamingHttpResponse:
    job = removed.job
    if _wants_json(request.headers.get("Accept", "")):
        body = presenters.result(job, storage.read(job.published_key))
        return delivery.json_answer(request, body, then=removed.answered)
    return delivery.file_answer(
        request,
        job.published_key,
        content_type=presenters.CONTENT_TYPES[job.result_format],
        name=keys.download_name(job.filename, job.result_format),
        then=removed.answered,
    )


def _wants_json(accept: str) -> bool:
    """Clients that take anything, or a picture among others, expect the picture."""
    return "application/json" in accept and "*/*" not in accept and "image/" not in accept


def _max_bytes() -> int:
    most: int = settings.SURFACE_LIMITS[SOURCE][0]
    return most
