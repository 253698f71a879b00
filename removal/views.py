"""Single removals and their jobs over HTTP: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.errors import InsufficientCredits, QuotaExceeded, TierNotAllowed
from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import (
    Conflict,
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
from common.http.request_id import current_request_id
from common.http.views import ApiView
from removal import openapi, options, presenters, queries, services
from removal.errors import NoSubjectFound
from removal.intake import Address, Order, Upload
from removal.serializers import answers, requests
from removal.services import Customer

JOB_ID = OpenApiParameter("job_id", str, OpenApiParameter.PATH, description="`job_…`")


class RemoveView(IdempotentMixin, ApiView):
    rate_policy = "single"
    parser_classes = [FormParser, JsonParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        operation_id="removeBackground",
        tags=["Background removal"],
        summary="Remove the background of one image",
        description=(
            "Waits for the result. Nothing is charged unless it is delivered: a picture in which "
            "no model of the tier finds a subject is a 400 `NO_SUBJECT_FOUND`. When it takes "
            "longer than the server's limit the answer is 503 with `details.jobId`; the job goes "
            "on and is charged once at most, and the same `Idempotency-Key` gets its result."
        ),
        request={
            "multipart/form-data": requests.RemoveSerializer,
            "application/json": requests.RemoveByAddressSerializer,
        },
        parameters=[IDEMPOTENCY_KEY, *openapi.RATE_LIMIT_HEADERS, openapi.RETRY_AFTER],
        examples=openapi.REMOVE_REQUESTS,
        responses={
            200: success("Removal", answers.RemovalSerializer, example=openapi.REMOVAL),
            **errors(
                InvalidInput,
                MissingRequiredField,
                FileTooLarge,
                InvalidFileType,
                NoSubjectFound,
                Unauthorized,
                InsufficientCredits,
                TierNotAllowed,
                QuotaExceeded,
                Forbidden,
                Conflict,
                IdempotencyKeyReused,
                RequestInProgress,
                UnsupportedMediaType,
                RateLimited,
                ServiceUnavailable,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        fields = self.body(requests.RemoveSerializer)
        order = Order(
            image=_image(fields),
            tier=fields["tier"],
            fields=options.pick(fields),
            background=_upload(fields.get("bg_image")),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
        )
        job = services.remove(user=_caller(request), order=order, now=timezone.now())
        return ok(presenters.removal(job, now=timezone.now()))


class JobsView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_READ)]

    @extend_schema(
        operation_id="listJobs",
        tags=["Background removal"],
        summary="List your jobs",
        description="Newest first, unless `sortBy` and `sortOrder` say otherwise.",
        parameters=[requests.JobsQuerySerializer, *openapi.RATE_LIMIT_HEADERS],
        responses={
            200: success("Jobs", answers.JobListSerializer, example=openapi.JOBS),
            **errors(InvalidInput, Unauthorized, Forbidden, RateLimited),
        },
    )
    def get(self, request: Request) -> Response:
        query = self.query(requests.JobsQuerySerializer)
        jobs = queries.owned_jobs(user_id=_caller(request).pk, wanted=wanted_by(query))
        page = paginate(jobs, page=query["page"], limit=query["limit"])
        return ok(
            {"jobs": [presenters.summary(job) for job in page.items], "pagination": page.pagination}
        )


class JobView(ApiView):
    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]

    @extend_schema(
        operation_id="getJob",
        tags=["Background removal"],
        summary="One job in detail",
        description="The links in it are signed and short-lived; ask again for fresh ones.",
        parameters=[JOB_ID, *openapi.RATE_LIMIT_HEADERS],
        responses={
            200: success("Job", answers.JobSerializer, example=openapi.JOB),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def get(self, request: Request, job_id: str) -> Response:
        job = queries.owned_job(user_id=_caller(request).pk, job_id=job_id)
        return ok(presenters.detail(job, now=timezone.now()))

    @extend_schema(
        operation_id="eraseJob",
        tags=["Background removal"],
        summary="Erase a job's files and personal data",
        description=(
            "Deletes the original and the result at once and redacts the row; what was charged "
            "stays on record. A job that has not ended is cancelled first and costs nothing. The "
            "ZIP of a batch that holds the image is deleted at once and written anew without it "
            "in the background; until then `zipUrl` is null and its download a 409. "
            "Erasing twice is harmless."
        ),
        parameters=[JOB_ID, *openapi.RATE_LIMIT_HEADERS],
        responses={
            200: success(
                "ErasedJob",
                answers.JobSerializer,
                example={
                    **openapi.JOB,
                    "originalUrl": None,
                    "processedUrl": None,
                    "erasedAt": "2025-01-15T11:00:00Z",
                },
            ),
            **errors(Unauthorized, Forbidden, NotFound, RateLimited),
        },
    )
    def delete(self, request: Request, job_id: str) -> Response:
        now = timezone.now()
        job = services.erase(user_id=_caller(request).pk, job_id=job_id, now=now)
        return ok(presenters.detail(job, now=now))


class CancelView(ApiView):
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]

    @extend_schema(
        operation_id="cancelJob",
        tags=["Background removal"],
        summary="Cancel a job that still waits",
        description="Only a `queued` job can be cancelled, at no cost. Twice is harmless.",
        parameters=[JOB_ID, *openapi.RATE_LIMIT_HEADERS],
        request=None,
        responses={
            200: success(
                "CancelledJob",
                answers.JobSerializer,
                example={**openapi.JOB, "status": "cancelled", "creditsUsed": 0},
            ),
            **errors(Unauthorized, Forbidden, NotFound, Conflict, RateLimited),
        },
    )
    def post(self, request: Request, job_id: str) -> Response:
        now = timezone.now()
        job = services.cancel(user_id=_caller(request).pk, job_id=job_id, now=now)
        return ok(presenters.detail(job, now=now))


def _caller(request: Request) -> Customer:
    return cast(Customer, request.user)


def _image(fields: dict[str, Any]) -> Upload | Address:
    upload = _upload(fields.get("image"))
    return upload or Address(fields["image_url"])


def _upload(file: Any) -> Upload | None:
    return Upload(file, file.name or "image") if file is not None else None
