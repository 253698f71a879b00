"""The mail about the end of an asynchronous request."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from common.mail import outbox
from common.mail.kinds import Kind
from common.mail.messages import Message
from integrations.compat.async_service import SOURCE
from integrations.models import Process
from removal import lifecycle, queries

# After that the mail is too old to be worth sending.
_LASTS = timedelta(days=1)


def job_ended(*, public_id: str, source: str, now: datetime, **_: Any) -> None:
    """Receiver of `removal.signals.job_ended`, inside the transaction that settles the job."""
    if source != SOURCE:
        return
    process = Process.objects.filter(job_id=public_id).first()
    if process is not None:
        enqueue(process, now=now)


def enqueue(process: Process, *, now: datetime) -> None:
    """Enqueue the mail, once, if the request has somebody to write to."""
    if process.tells_owner or process.address:
        outbox.put(
            PROCESS_ENDED,
            user_id=process.user_id,
            key=f"process-ended:{process.pk}",
            context={"process": str(process.pk)},
            address=process.address,
            now=now,
        )
        Process.objects.filter(pk=process.pk).update(address="")


def message(*, link: str) -> Message:
    """The mail about a request that has ended; `link` is empty when it failed."""
    subject = (
        gettext("Your image is ready") if link else gettext("Your image could not be processed")
    )
    return Message("integrations/mail/process_ended", subject, {"link": link})


def download_url(process: Process) -> str:
    return f"{settings.BASE_URL}/download/{process.pk}"


def _compose(_: Any, context: Mapping[str, Any], now: datetime) -> Message | None:
    process = Process.objects.filter(pk=context["process"]).first()
    if process is None:
        return None
    job = queries.owned_among(user_id=process.user_id, job_ids=[process.job_id]).first()
    if job is None or job.erased_at:
        return None
    finished = job.status == lifecycle.JobStatus.COMPLETED
    return message(link=download_url(process) if finished else "")


PROCESS_ENDED = Kind(name="compat.process_ended", compose=_compose, lasts=lambda: _LASTS)
