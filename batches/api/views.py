"""Endpoints of batches: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from batches import queries, services, snapshots
from batches.api import openapi, presenters, serializers
from batches.api.forms import ManyFilesMixin
from batches.archive import writer
from batches.creation import intake
from batches.creation.requests import BatchRequest
from batches.errors import AlreadyRetried, BatchEnded, BatchRunning, NothingToRetry
from batches.uploads.errors import UploadsNotReady
from billing.errors import BatchTooLarge, InsufficientCredits
from common.http.auth import Scope, pinned_model
from common.http.envelope import ok
from common.http.errors import (
    FileTooLarge,
    Forbidden,
    InvalidFileType,
    InvalidInput,
    MissingRequiredField,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
    UnsupportedMediaType,
)
from common.http.idempotency.views import IdempotencyKeyReused, IdempotentMixin, RequestInProgress
from common.http.listing import wanted_by
from common.http.openapi import IDEMPOTENCY_KEY, errors, success
from common.http.pagination import paginate
from common.http.parsers import FormParser, JsonParser
from common.http.permissions import require_scope
from common.http.ratelimit import enforce, identity_of
from common.http.request_id import current_request_id
from common.http.views import ApiView
from common.users import UserRef
from removal import bulk, options
from removal import presenters as single
from removal.intake import Upload
from removal.openapi import RATE_LIMIT_HEADERS, RETRY_AFTER

BATCH_ID = OpenApiParameter("batch_id", str, OpenApiParameter.PATH, description="`batch_…`")
_READING = ("GET", "HEAD", "OPTIONS")


class StartView(ManyFilesMixin, IdempotentMixin, ApiView):
    rate_policy = "batch_start"
    parser_classes = [FormParser, JsonParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        operation_id="startBatch",
        tags=["Batches"],
        summary="Remove the background of 2 to 500 images",
        description=(
            "Answers as soon as the images are stored and the price is set aside; follow the "
            "batch by its status, over the WebSocket or with `webhookUrl`. An image that cannot "
            "be read becomes a failed item and the batch goes on; it counts neither for the price "
            "nor for the discount. Only finished images are charged, at the volume discount that "
            "they and the failures of ours earn together, and never more than `finalTotal`: "
            "[how a price comes about](/docs/pricing.md)."
        ),
        request={
            "multipart/form-data": serializers.StartSerializer,
            "application/json": serializers.StartByUploadsSerializer,
        },
        parameters=[IDEMPOTENCY_KEY, *openapi.START_HEADERS, RETRY_AFTER],
        examples=openapi.START_REQUESTS,
        responses={
            201: success(
                "StartedBatch", serializers.StartedBatchSerializer, example=openapi.STARTED
            ),
            **errors(
                InvalidInput,
                MissingRequiredField,
                BatchTooLarge,
                FileTooLarge,
                InvalidFileType,
                Unauthorized,
                InsufficientCredits,
                Forbidden,
                NotFound,
                UploadsNotReady,
                IdempotencyKeyReused,
                RequestInProgress,
                UnsupportedMediaType,
                RateLimited,
                ServiceUnavailable,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        wanted = self._wanted(self.body(serializers.StartSerializer))
        batch = services.start(user=_caller(request), request=wanted, now=timezone.now())
        return ok(presenters.started(batch, now=timezone.now()), status=201)

    def _wanted(self, fields: dict[str, Any]) -> BatchRequest:
        background = fields.get("bg_image")
        return BatchRequest(
            tier=fields["tier"],
            fields=options.pick({"model": pinned_model(self.request), **fields}),
            images=intake.from_form(fields["images"]) if "images" in fields else (),
            upload_ids=fields.get("uploadIds", ()),
            name=fields.get("name", ""),
            webhook_url=fields.get("webhookUrl", ""),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            background=Upload(background, background.name or "image") if background else None,
        )


class BatchesView(StartView):
    """Starts batches and lists them; listing is limited like all reading."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in _READING:
            self.rate_policy = "status"
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @extend_schema(
        operation_id="listBatches",
        tags=["Batches"],
        summary="List your batches",
        description="Newest first, unless `sortBy` and `sortOrder` say otherwise.",
        parameters=[serializers.BatchesQuerySerializer, *RATE_LIMIT_HEADERS],
        responses={
            200: success("Batches", serializers.BatchListSerializer, example=openapi.BATCHES),
            **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        query = self.query(serializers.BatchesQuerySerializer)
        found = queries.owned_batches(user_id=_caller(request).pk, wanted=wanted_by(query))
        page = paginate(found, page=query["page"], limit=query["limit"])
        states = snapshots.of(page.items, now=timezone.now())
        lines = [presenters.summary(batch, states[batch.pk]) for batch in page.items]
        return ok({"batches": lines, "pagination": page.pagination})


class BatchView(ApiView):
    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @extend_schema(
        operation_id="getBatch",
        tags=["Batches"],
        summary="How far a batch is",
        description="`zipUrl` is signed and short-lived; ask again for a fresh one.",
        parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
        responses={
            200: success("Batch", serializers.BatchSerializer, example=openapi.RUNNING),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def get(self, request: Request, batch_id: str) -> Response:
        return _shown(queries.owned_batch(user_id=_caller(request).pk, batch_id=batch_id))

    @extend_schema(
        operation_id="eraseBatch",
        tags=["Batches"],
        summary="Erase a batch's files and personal data",
        description=(
            "Deletes originals, results and the ZIP at once and redacts the batch and its images; "
            "what was charged stays on record. A batch that has not ended is cancelled first: "
            "images that had finished are charged, nothing else. Erasing twice is harmless."
        ),
        parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
        responses={
            200: success("ErasedBatch", serializers.BatchSerializer, example=openapi.ERASED),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def delete(self, request: Request, batch_id: str) -> Response:
        user_id, now = _caller(request).pk, timezone.now()
        return _shown(services.erase(user_id=user_id, batch_id=batch_id, now=now))


class ItemsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        operation_id="listBatchItems",
        tags=["Batches"],
        summary="The images of a batch, in the order in which they were sent",
        description=(
            "`error` says why an image failed. An image's `creditsUsed` and `processedUrl` are "
            "filled in when the whole batch has ended and is paid for. Each is a job of its own "
            "under `/background-remover/jobs`."
        ),
        parameters=[BATCH_ID, serializers.ItemsQuerySerializer, *RATE_LIMIT_HEADERS],
        responses={
            200: success("BatchItems", serializers.BatchItemsSerializer, example=openapi.ITEMS),
            **errors(InvalidInput, Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def get(self, request: Request, batch_id: str) -> Response:
        query = self.query(serializers.ItemsQuerySerializer)
        batch = queries.owned_batch(user_id=_caller(request).pk, batch_id=batch_id)
        found = bulk.items(batch_id=batch.pk, status=query.get("status"))
        page = paginate(found, page=query["page"], limit=query["limit"])
        named = writer.entries(list(bulk.results(batch_id=batch.pk))) if batch.zip_key else {}
        items = [
            single.item(
                job,
                batch_ids={batch.pk: batch.public_id},
                # An image that was erased keeps its name from the others, and is in no archive.
                zip_name=named.get(job.position or 0) if job.result_key else None,
                now=timezone.now(),
            )
            for job in page.items
        ]
        return ok({"items": items, "pagination": page.pagination})


class CancelView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        operation_id="cancelBatch",
        tags=["Batches"],
        summary="Cancel a batch",
        description=(
            "Images that wait are dropped; those under way end. What finished is packed and "
            "charged, the rest of the credits is given back, and the batch ends `cancelled`. "
            "Twice is harmless."
        ),
        parameters=[BATCH_ID, *RATE_LIMIT_HEADERS],
        request=None,
        responses={
            200: success("CancelledBatch", serializers.BatchSerializer, example=openapi.CANCELLING),
            **errors(Unauthorized, Forbidden, NotFound, BatchEnded, RateLimited),
        },
    )
    def post(self, request: Request, batch_id: str) -> Response:
        user_id, now = _caller(request).pk, timezone.now()
        return _shown(services.cancel(user_id=user_id, batch_id=batch_id, now=now))


class RetryView(IdempotentMixin, ApiView):
    """Counts as a start only once there is something to start."""

    parser_classes = [JsonParser, FormParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        operation_id="retryBatch",
        tags=["Batches"],
        summary="Try the images of a batch that failed on our side or were cancelled once more",
        description=(
            "Starts a new batch of the images that were cancelled, or failed for a reason of ours "
            "(`INTERNAL_ERROR`), and whose originals are still there. Pictures that were refused "
            "are not tried again. Both batches together cost what one batch of all these images "
            "would have cost. A batch that has ended can be retried once; the retry can be "
            "retried in turn. Only a retry that starts counts against the limit of starts."
        ),
        parameters=[BATCH_ID, IDEMPOTENCY_KEY, *openapi.START_HEADERS, RETRY_AFTER],
        request=None,
        responses={
            201: success(
                "RetriedBatch", serializers.StartedBatchSerializer, example=openapi.RETRIED
            ),
            **errors(
                Unauthorized,
                InsufficientCredits,
                Forbidden,
                NotFound,
                BatchRunning,
                NothingToRetry,
                AlreadyRetried,
                IdempotencyKeyReused,
                RequestInProgress,
                RateLimited,
                ServiceUnavailable,
            ),
        },
    )
    def post(self, request: Request, batch_id: str) -> Response:
        services.require_retryable(
            user_id=_caller(request).pk, batch_id=batch_id, idempotency_key=self.idempotency_key
        )
        self.rate_decision = enforce("batch_start", identity=identity_of(request))
        batch = services.retry(
            user=_caller(request),
            batch_id=batch_id,
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            now=timezone.now(),
        )
        return ok(presenters.started(batch, now=timezone.now()), status=201)


def _shown(batch: Any) -> Response:
    now = timezone.now()
    [snapshot] = snapshots.of([batch], now=now).values()
    return ok(presenters.detail(batch, snapshot, now=now))


def _caller(request: Request) -> UserRef:
    return cast(UserRef, request.user)


def _permissions(request: Request) -> list[Any]:
    reading = request.method in _READING
    return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]
