"""Starting of requests that are answered at once, and finding them again by their identifier."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.http.errors import ApiError, ErrorCode, NotFound
from common.mail import recipients
from common.users import UserRef
from integrations.compat import removing, repeats
from integrations.compat.async_service import mails
from integrations.compat.repeats import Attempt
from integrations.models import Process
from removal import intake, lifecycle, queries
from removal.intake import RemovalRequest
from removal.services import Job

# A row goes a day after its result.
_GRACE = timedelta(days=1)


class Locked(ApiError):
    """The result is not there yet."""

    code, status = ErrorCode.CONFLICT, 423
    message = "Still processing"


@dataclass(frozen=True)
class Started:
    """A request that was accepted."""

    process: Process
    attempt: Attempt

    def answered(self) -> None:
        """Note that the caller has got the identifier."""
        repeats.answered(self.attempt)


def start(
    *, user: UserRef, caller: str, removal: RemovalRequest, email: str, now: datetime
) -> Started:
    """Submit a removal, or join the one that it repeats; the mail about its end goes to `email`.

    Raises what `removal.services.submit` raises.
    """
    intake.check_options(removal)
    attempt = repeats.begin(
        user=user,
        source=removal.source,
        caller=f"{caller}\n{email}",
        fingerprint=removal.fingerprint(),
        now=now,
    )
    job = removing.submitted(
        user=user, removal=removal, attempt=attempt, measure=lambda _: None, now=now
    )
    process, _ = Process.objects.get_or_create(
        job_id=job.public_id,
        defaults={"user_id": user.pk, "created_at": now, **_recipient(user, email)},
    )
    job.refresh_from_db()
    if lifecycle.is_terminal(job.status):
        # It ended before the receiver of the signal could find the row; a mail is enqueued once.
        mails.enqueue(process, now=now)
    return Started(process, attempt)


def found(processing_id: str) -> tuple[Process, Job]:
    """The request with this identifier, and its job.

    Raises NotFound (404) for one that is unknown, erased, or whose result has expired.
    """
    key = _uuid(processing_id)
    process = Process.objects.filter(pk=key).first() if key else None
    job = None
    if process is not None:
        job = queries.owned_among(user_id=process.user_id, job_ids=[process.job_id]).first()
    if process is None or job is None or job.erased_at or _is_expired(job):
        raise NotFound("Processing ID not found or expired")
    return process, job


def purge(*, now: datetime) -> int:
    """Delete requests whose results are gone; returns how many."""
    before = now - timedelta(hours=settings.RETENTION_RESULTS_H) - _GRACE
    return Process.objects.filter(created_at__lt=before).delete()[0]


def _recipient(user: UserRef, email: str) -> dict[str, object]:
    """Recipient of the mail: the owner at a verified address, or anybody where mails stay here."""
    person = recipients.find(user.pk)
    own = person is not None and person.email.casefold() == email.casefold()
    if person is not None and own and recipients.is_verified(person):
        return {"tells_owner": True}
    return {"address": email} if settings.MAIL_STAYS_HERE and _is_address(email) else {}


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def _is_expired(job: Job) -> bool:
    return job.status == lifecycle.JobStatus.COMPLETED and not job.published_key


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
