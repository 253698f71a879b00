"""The microservice's endpoints: parse, one removal or batch, render."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from batches import lifecycle, queries
from batches.api.forms import ManyFilesMixin
from batches.archive import links
from batches.creation import intake as batch_intake
from batches.creation import services as creation
from batches.creation.intake import Incoming
from batches.creation.requests import BatchRequest
from batches.services import Batch
from common.http.auth import Scope, api_key_of
from common.http.errors import InvalidFileType, InvalidInput, NotFound
from common.http.parsers import FormParser, ImageUrlencodedParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from integrations.compat import delivery, forms, removing, repeats
from integrations.compat.anonymous import SharedKeyOrLocal, is_anonymous, tier_of
from integrations.compat.microservice import SOURCE
from integrations.compat.microservice.errors import TYPES, NoImage
from integrations.compat.repeats import CACHED, Ended
from integrations.compat.views import CompatView, caller, customer, model_fields
from removal import bulk, keys
from removal.engine.probe import Probe
from removal.intake import RemovalRequest
from removal.lifecycle import JobStatus

# How the images of a batch are called while it runs.
_STATUSES = {
    JobStatus.QUEUED: "queued",
    JobStatus.PROCESSING: "processing",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "failed",
}


class MicroserviceView(CompatView):
    authentication_classes = [SharedKeyOrLocal]
    parser_classes = [FormParser, ImageUrlencodedParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]


class RemoveView(MicroserviceView):
    """`POST /remove-bg`: a PNG, from the cache if the account had it before."""

    rate_policy = "microservice"

    def post(self, request: Request) -> HttpResponseBase:
        files = forms.files(forms.data(request), "image")
        if not files:
            raise NoImage()
        tier = tier_of(request)
        removal = RemovalRequest(
            image=forms.upload(files[-1]),
            tier=tier,
            fields=model_fields(request, tier=tier, usual=settings.MODEL),
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
            free=is_anonymous(request),
        )
        removed = removing.remove(
            user=customer(request),
            caller=caller(request),
            removal=removal,
            measure=_check_type,
            policy=CACHED,
            now=timezone.now(),
        )
        job = removed.job
        try:
            answer = delivery.file_answer(
                request,
                job.published_key,
                content_type="image/png",
                name=keys.download_name(job.filename, "png"),
            )
        except FileNotFoundError:
            raise InvalidInput("The result is no longer kept") from None
        return delivery.described(answer, job)


class BatchView(ManyFilesMixin, MicroserviceView):
    """`POST /remove-bg/batch`: all images are queued, or none."""

    rate_policy = "microservice"

    def post(self, request: Request) -> Response:
        files = forms.files(forms.data(request), "images")
        if not files:
            raise NoImage()
        images = batch_intake.from_form(files, source=SOURCE, least=1)
        for image in images:
            _check(image)
        tier = tier_of(request)
        wanted = BatchRequest(
            tier=tier,
            fields=model_fields(request, tier=tier, usual=settings.MODEL),
            images=images,
            request_id=current_request_id(),
            source=SOURCE,
            api_key=api_key_of(request),
            partner_percent=100 if is_anonymous(request) else 0,
            least=1,
        )
        batch = _started(request, wanted)
        names = [job.filename for job in bulk.items(batch_id=batch.pk)]
        count = f"{len(names)} file{'' if len(names) == 1 else 's'}"
        body = {
            "message": f"Added {count} to processing queue",
            "batch_id": batch.public_id,
            "queued_files": names,
        }
        return Response(body, status=202)


class QueueView(MicroserviceView):
    """`GET /queue-status/{batch_id}`: each image's state, and in the end where the ZIP is."""

    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    def get(self, request: Request, batch_id: str) -> Response:
        try:
            batch = queries.owned_batch(user_id=customer(request).pk, batch_id=batch_id)
        except NotFound:
            raise NotFound("Batch ID not found") from None
        return Response(_status(batch))


def _status(batch: Batch) -> dict[str, Any]:
    return {
        "batch_id": batch.public_id,
        "files": [
            {"filename": job.filename, "status": _STATUSES[JobStatus(job.status)]}
            for job in bulk.items(batch_id=batch.pk)
        ],
        "completed": lifecycle.is_terminal(batch.status),
        "download_url": links.lasting_address(batch, now=timezone.now()),
    }


def _started(request: Request, wanted: BatchRequest) -> Batch:
    """The batch, or the one that the account had started with the same images and options."""
    user, now = customer(request), timezone.now()
    attempt = repeats.begin(
        user=user,
        source=SOURCE,
        caller=caller(request),
        fingerprint=wanted.digest(),
        look=lambda key: _ended(queries.by_idempotency_key(user_id=user.pk, key=key)),
        policy=CACHED,
        now=now,
    )
    for batch_id in attempt.results:
        earlier = queries.owned_batch(user_id=user.pk, batch_id=batch_id)
        if not _is_gone(earlier):
            return earlier
    if attempt.results:
        repeats.forget(attempt)
        return _started(request, wanted)
    batch = creation.start(user=user, request=replace(wanted, idempotency_key=attempt.key), now=now)
    repeats.finished(attempt, batch.public_id, now=now)
    return batch


def _ended(batch: Batch | None) -> Ended | None:
    if batch is None or batch.completed_at is None:
        return None
    return Ended(batch.completed_at, succeeded=True, gone=_is_gone(batch))


def _is_gone(batch: Batch) -> bool:
    return lifecycle.is_terminal(batch.status) and not batch.zip_key


def _check(image: Incoming) -> None:
    if image.problem is not None:
        raise image.problem
    if image.probe is not None:
        _check_type(image.probe)


def _check_type(probe: Probe) -> None:
    if probe.extension not in TYPES:
        raise InvalidFileType()
