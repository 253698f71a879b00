"""The bases of the partners' endpoints."""

from typing import Any, ClassVar, cast

from django.conf import settings
from django.utils import timezone
from rest_framework.response import Response

from common.http.auth import Scope, api_key_of
from common.http.envelope import ok
from common.http.idempotency.views import IdempotentMixin
from common.http.parsers import FormParser, JsonParser
from common.http.permissions import require_scope
from common.http.request_id import current_request_id
from common.http.views import ApiView
from common.users import UserRef
from integrations.partners import services
from integrations.partners.services import PartnerRemoval
from removal import presenters
from removal.lifecycle import JobStatus
from removal.queries import JobRow


class PartnerView(IdempotentMixin, ApiView):
    """Base of an endpoint that starts work for a partner."""

    parser_classes = [JsonParser, FormParser]
    permission_classes = [require_scope(Scope.REMOVAL_WRITE)]
    # The partner's name in its row, and the field that holds its identifier.
    partner: ClassVar[str]
    reference_field: ClassVar[str]

    def wanted(self, fields: dict[str, Any]) -> PartnerRemoval:
        return PartnerRemoval(
            reference=fields[self.reference_field],
            tier=fields["tier"],
            name=fields.get("name", ""),
            webhook_url=fields.get("webhookUrl", ""),
            request_id=current_request_id(),
            idempotency_key=self.idempotency_key,
            api_key=api_key_of(self.request),
        )

    def caller(self) -> UserRef:
        return cast(UserRef, self.request.user)


class PartnerBatchView(PartnerView):
    """Base of an endpoint that starts a batch of the images that a partner lists."""

    rate_policy = "batch_start"
    # The name of the number of images in the answer.
    count_field: ClassVar[str]

    def start(self, fields: dict[str, Any], *, path: str) -> Response:
        wanted = self.wanted(fields)
        batch = services.start_batch(
            user=self.caller(), slug=self.partner, path=path, wanted=wanted, now=timezone.now()
        )
        body = {
            "batchId": batch.public_id,
            self.reference_field: wanted.reference,
            self.count_field: batch.total_images,
            "totalCredits": batch.final_total,
            "discountPercentage": batch.discount_percentage,
        }
        return ok(body, status=201)


class PartnerSingleView(PartnerView):
    """Base of an endpoint that awaits one removal for a partner."""

    rate_policy = "single"

    def remove(self, fields: dict[str, Any], *, path: str) -> Response:
        wanted, now = self.wanted(fields), timezone.now()
        job = services.remove_one(
            user=self.caller(),
            slug=self.partner,
            path=path,
            wanted=wanted,
            wait_s=settings.SINGLE_TIMEOUT_S,
            now=now,
        )
        return answer_of(job, {self.reference_field: wanted.reference})


def answer_of(job: JobRow, named: dict[str, Any]) -> Response:
    """200 with the result of a job, or 202 while it is under way; `named` is added to both."""
    if job.status != JobStatus.COMPLETED:
        where = presenters.status_url(job)
        body = {"jobId": job.public_id, **named, "status": job.status, "statusUrl": where}
        return ok(body, status=202, headers={"Location": where, "Retry-After": "2"})
    shown = presenters.removal(job, now=timezone.now())
    return ok(
        {
            "jobId": job.public_id,
            **named,
            "processedUrl": shown["processedUrl"],
            "creditsUsed": job.credits_used,
        }
    )
