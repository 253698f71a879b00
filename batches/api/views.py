"""Endpoints of batches: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from batches import queries, services, snapshots
from batches.api import openapi, presenters, serializers
from batches.api.forms import ManyFilesMixin
from batches.archive import writer
from batches.creation import intake
from batches.creation import services as creation
from batches.creation.requests import BatchRequest
from batches.models import Batch
from batches.scheduling import estimates
from common.http.auth import Scope, api_key_of, pinned_model
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.listing import wanted_by
from common.http.pagination import paginate
from common.http.parsers import FormParser, JsonParser
from common.http.permissions import require_scope
from common.http.ratelimit import enforce, identity_of
from common.http.request_id import current_request_id
from common.http.views import ApiView
from common.users import UserRef
from removal import bulk
from removal import presenters as single
from removal.intake import Upload
from removal.presets import services as presets

_READING = ("GET", "HEAD", "OPTIONS")


class StartView(ManyFilesMixin, IdempotentMixin, ApiView):
    rate_policy = "batch_start"
    parser_classes = [FormParser, JsonParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.start_batch
    def post(self, request: Request) -> Response:
        wanted = self._wanted(self.body(serializers.StartSerializer))
        batch = creation.start(user=_caller(request), request=wanted, now=timezone.now())
        return _started(batch)

    def _wanted(self, fields: dict[str, Any]) -> BatchRequest:
        background = fields.get("bg_image")
        return BatchRequest(
            tier=fields["tier"],
            fields=presets.applied(
                user_id=_caller(self.request).pk,
                given={"model": pinned_model(self.request), **fields},
            ),
            images=intake.from_form(fields["images"]) if "images" in fields else (),
            upload_ids=fields.get("uploadIds", ()),
            name=fields.get("name", ""),
            webhook_url=fields.get("webhookUrl", ""),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            background=Upload(background, background.name or "image") if background else None,
            api_key=api_key_of(self.request),
        )


class BatchesView(StartView):
    """Starts batches and lists them; listing is limited like all reading."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in _READING:
            self.rate_policy = "status"
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @openapi.list_batches
    def get(self, request: Request) -> Response:
        query = self.query(serializers.BatchesQuerySerializer)
        found = queries.owned_batches(
            user_id=_caller(request).pk,
            wanted=wanted_by(query),
            name_part=query.get("search", ""),
        )
        page = paginate(found, page=query["page"], limit=query["limit"])
        states = snapshots.of(page.items, now=timezone.now())
        lines = [presenters.summary(batch, states[batch.pk]) for batch in page.items]
        return ok({"batches": lines, "pagination": page.pagination})


class BatchView(ApiView):
    def get_permissions(self) -> list[Any]:
        return _permissions(self.request)

    @openapi.get_batch
    def get(self, request: Request, batch_id: str) -> Response:
        return _shown(queries.owned_batch(user_id=_caller(request).pk, batch_id=batch_id))

    @openapi.erase_batch
    def delete(self, request: Request, batch_id: str) -> Response:
        user_id, now = _caller(request).pk, timezone.now()
        return _shown(services.erase(user_id=user_id, batch_id=batch_id, now=now))


class ItemsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.list_batch_items
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

    @openapi.cancel_batch
    def post(self, request: Request, batch_id: str) -> Response:
        user_id, now = _caller(request).pk, timezone.now()
        return _shown(services.cancel(user_id=user_id, batch_id=batch_id, now=now))


class RetryView(IdempotentMixin, ApiView):
    """Counts as a start only once there is something to start."""

    parser_classes = [JsonParser, FormParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.retry_batch
    def post(self, request: Request, batch_id: str) -> Response:
        creation.require_retryable(
            user_id=_caller(request).pk, batch_id=batch_id, idempotency_key=self.idempotency_key
        )
        self.rate_decision = enforce("batch_start", identity=identity_of(request))
        batch = creation.retry(
            user=_caller(request),
            batch_id=batch_id,
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            api_key=api_key_of(request),
            now=timezone.now(),
        )
        return _started(batch)


def _started(batch: Batch) -> Response:
    minutes = estimates.minutes_of_new(batch, now=timezone.now())
    return ok(presenters.started(batch, minutes=minutes), status=201)


def _shown(batch: Batch) -> Response:
    now = timezone.now()
    [snapshot] = snapshots.of([batch], now=now).values()
    completion_at = estimates.completion_of(batch, snapshot, now=now)
    retries = queries.retry_links(batch)
    return ok(presenters.detail(batch, snapshot, retries=retries, completion_at=completion_at))


def _caller(request: Request) -> UserRef:
    return cast(UserRef, request.user)


def _permissions(request: Request) -> list[Any]:
    reading = request.method in _READING
    return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]
