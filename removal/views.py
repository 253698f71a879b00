"""Endpoints of single removals and their jobs: parse, one service, render."""

import io
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import media, negotiation
from common.http.auth import Scope, api_key_of, pinned_model
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.listing import wanted_by
from common.http.negotiation import Preference
from common.http.pagination import Page, paginate, paginate_from
from common.http.parsers import FormParser, ImageJsonParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from common.http.views import ApiView
from common.users import UserRef
from removal import (
    bad_results,
    batch_names,
    keys,
    lifecycle,
    openapi,
    presenters,
    queries,
    services,
)
from removal.intake import Address, RemovalRequest, Upload
from removal.models import Job
from removal.presets import services as presets
from removal.serializers import requests


class RemoveView(IdempotentMixin, ApiView):
    rate_policy = "single"
    parser_classes = [FormParser, ImageJsonParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.remove_background
    def post(self, request: Request) -> HttpResponseBase:
        fields = self.body(requests.SingleSerializer)
        wanted = RemovalRequest(
            image=_image(fields),
            tier=fields["tier"],
            fields=presets.applied(
                user_id=_caller(request).pk, given={"model": pinned_model(request), **fields}
            ),
            background=_upload(fields.get("bg_image")),
            webhook_url=fields.get("webhookUrl", ""),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            api_key=api_key_of(request),
        )
        preference = negotiation.preference(request.headers.get("Prefer", ""))
        if fields.get("async"):
            preference = Preference(respond_async=True)
        job = services.remove(
            user=_caller(request),
            request=wanted,
            wait_s=wait_s(preference),
            now=timezone.now(),
        )
        answer = _answer(request, job, preference)
        patch_vary_headers(answer, ["Accept", "Prefer"])
        return answer


class JobsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @openapi.list_jobs
    def get(self, request: Request) -> Response:
        query = self.query(requests.JobsQuerySerializer)
        page = _page(_caller(request).pk, query)
        batch_ids = batch_names.of(page.items)
        now = timezone.now()
        jobs = [presenters.summary(job, batch_ids=batch_ids, now=now) for job in page.items]
        return ok({"jobs": jobs, "pagination": page.pagination})


class JobView(ApiView):
    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]

    @openapi.get_job
    def get(self, request: Request, job_id: str) -> Response:
        job = queries.owned_job(user_id=_caller(request).pk, job_id=job_id)
        return _shown(job, timezone.now())

    @openapi.erase_job
    def delete(self, request: Request, job_id: str) -> Response:
        now = timezone.now()
        job = services.erase(user_id=_caller(request).pk, job_id=job_id, now=now)
        return _shown(job, now)


class CancelView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.cancel_job
    def post(self, request: Request, job_id: str) -> Response:
        now = timezone.now()
        job = services.cancel(user_id=_caller(request).pk, job_id=job_id, now=now)
        return _shown(job, now)


class BadResultView(ApiView):
    rate_policy = "single"
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @openapi.report_bad_result
    def post(self, request: Request, job_id: str) -> Response:
        now = timezone.now()
        job, retry = bad_results.report(
            user=_caller(request), job_id=job_id, request_id=current_request_id(), now=now
        )
        batch_ids = batch_names.of([retry] if retry else [])
        return ok(presenters.reported(job, retry, batch_ids=batch_ids, now=now), status=202)


def wait_s(preference: Preference) -> float:
    """Seconds to wait for the result before the answer is 202."""
    if preference.wait_s is not None:
        return min(preference.wait_s, settings.SINGLE_TIMEOUT_S)
    return 0 if preference.respond_async else settings.SINGLE_TIMEOUT_S


def _answer(request: Request, job: Job, preference: Preference) -> HttpResponseBase:
    now = timezone.now()
    if not lifecycle.is_terminal(job.status):
        headers = {"Location": presenters.status_url(job), "Retry-After": "2"}
        if preference.respond_async:
            headers["Preference-Applied"] = "respond-async"
        body = presenters.accepted(job, batch_ids=batch_names.of([job]), now=now)
        return ok(body, status=202, headers=headers)
    if job.published_key and negotiation.prefers_image(request.headers.get("Accept", "")):
        answer = media.content(
            request, job.published_key, keys.download_name(job.filename, job.result_format)
        )
        for name, value in presenters.result_headers(job).items():
            answer.headers[name] = value
        return answer
    return ok(presenters.removal(job, now=now))


def _page(user_id: int, query: dict[str, Any]) -> Page[Job]:
    """One page of a user's jobs; raises NotFound for a batch or cursor that is not theirs."""
    batch, cursor = query.get("batch"), query.get("cursor")
    batch_id = batch_names.owned_key(user_id=user_id, batch_id=batch) if batch else None
    limit = query["limit"]
    found = partial(
        queries.owned_jobs,
        user_id=user_id,
        wanted=(wanted := wanted_by(query)),
        batch_id=batch_id,
        in_batch=query["kind"] == "batch" if "kind" in query else None,
        name_part=query.get("search", ""),
    )
    whole = found()
    if cursor:
        return paginate_from(found(before=cursor), whole=whole, cursor_of=_cursor_of, limit=limit)
    page = paginate(whole, page=query["page"], limit=limit)
    newest_first = (wanted.sort_by, wanted.descending) == ("createdAt", True)
    more = page.pagination["hasNext"] and newest_first
    page.pagination["nextCursor"] = _cursor_of(page.items[-1]) if more else None
    return page


def _cursor_of(job: Job) -> str:
    return str(job.public_id)


def _shown(job: Job, now: datetime) -> Response:
    return ok(presenters.detail(job, batch_ids=batch_names.of([job]), now=now))


def _caller(request: Request) -> UserRef:
    return cast(UserRef, request.user)


def _image(fields: dict[str, Any]) -> Upload | Address:
    if "image_b64" in fields:
        return Upload(io.BytesIO(fields["image_b64"]), "image")
    upload = _upload(fields.get("image"))
    return upload or Address(fields["image_url"])


def _upload(file: Any) -> Upload | None:
    return Upload(file, file.name or "image") if file is not None else None
