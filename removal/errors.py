"""API errors of jobs, and the mapping from the engine's errors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.urls import reverse

from billing.pricing import Tier
from common.http.errors import (
    ApiError,
    Conflict,
    ErrorCode,
    FileTooLarge,
    InvalidFileType,
    InvalidInput,
    ServiceUnavailable,
)
from removal.engine import errors as engine
from removal.engine.probe import EXTENSIONS
from removal.models import Job, Version

FORMATS = tuple(EXTENSIONS.values())


class NoSubjectFound(InvalidInput):
    """No model of the tier finds a subject. Carries `details` {tier, models, suggestions}."""

    code = ErrorCode.NO_SUBJECT_FOUND
    message = "No subject was found in the picture; nothing was charged"


_FROM_ENGINE: Mapping[type[engine.EngineError], type[ApiError]] = {
    engine.UnsupportedFormat: InvalidFileType,
    engine.UnreadableImage: InvalidFileType,
    engine.TooManyBytes: FileTooLarge,
    engine.TooManyPixels: FileTooLarge,
    engine.BadOptions: InvalidInput,
    engine.NoSubjectFound: NoSubjectFound,
    engine.ModelUnavailable: ServiceUnavailable,
}
_FROM_CODE: Mapping[str, type[ApiError]] = {
    str(kind.code): kind for kind in (InvalidFileType, FileTooLarge, InvalidInput, NoSubjectFound)
}

CODES_OF_CALLERS = tuple(_FROM_CODE)


# Failures that the picture or the request is the reason for. Such an image earns no volume discount
# and is not tried again; every other code is a failure of ours.
CALLERS_REASONS = frozenset(
    {
        ErrorCode.INVALID_FILE_TYPE,
        ErrorCode.FILE_TOO_LARGE,
        ErrorCode.INVALID_INPUT,
        ErrorCode.MISSING_REQUIRED_FIELD,
        ErrorCode.NO_SUBJECT_FOUND,
    }
)


class PartnerUnavailable(ApiError):
    """A partner application does not answer, answers too late, or has failed so often that it is
    not called for a while.
    """

    code, status = ErrorCode.PARTNER_UNAVAILABLE, 503
    message = "The partner does not answer at present; nothing was charged. Try again later"


class PartnerFailed(ApiError):
    """A partner application answered with something that cannot be used."""

    code, status = ErrorCode.PARTNER_FAILED, 502
    message = "The partner's answer cannot be used; nothing was charged"


class JobCancelled(Conflict):
    message = "The job was cancelled; nothing was charged"


class JobFailed(ServiceUnavailable):
    message = "The image could not be processed; nothing was charged. Please try again"


class StillProcessing(ServiceUnavailable):
    """Carries `details` {jobId, status, statusUrl}; the job goes on and settles once."""

    message = "The image is taking longer than usual; ask for the job's state later"

    def __init__(self, job: Job) -> None:
        where = reverse("v1:job", kwargs={"job_id": job.public_id})
        super().__init__(
            details={"jobId": job.public_id, "status": job.status, "statusUrl": where},
            headers={"Retry-After": "5"},
        )


def from_engine(error: engine.EngineError, *, field: str | None = None) -> ApiError:
    """The same failure with the API's code, a readable sentence and the engine's details."""
    kind = _FROM_ENGINE.get(type(error), InvalidInput)
    allowed = {"allowed": list(FORMATS)} if kind is InvalidFileType else {}
    details = {**error.details, **allowed, **({"field": field} if field else {})}
    return kind(_sentence(error.message), details=details or None)


def no_subject(*, tier: str, models: Sequence[str]) -> NoSubjectFound:
    """The refusal of a picture in which these models, which the tier has, found nothing."""
    tried: dict[str, Any] = {"tier": tier, "models": list(models)}
    return NoSubjectFound(details={**tried, "suggestions": _suggestions(tier)})


def _suggestions(tier: str) -> list[str]:
    tiers = [*Tier]
    dearer = tiers[tiers.index(Tier(tier)) + 1 :]
    other = [f"Try the tier {' or '.join(dearer)}"] if dearer else []
    return ["Use a picture in which the subject is larger and stands out from its ground", *other]


def _sentence(message: str) -> str:
    """A sentence with a capital, unless it begins with the name of a field."""
    return message if "_" in message.split(" ", 1)[0] else message[:1].upper() + message[1:]


# Failures of a partner application that a job's step calls.
PARTNERS_REASONS = frozenset({ErrorCode.PARTNER_UNAVAILABLE, ErrorCode.PARTNER_FAILED})
_OF_PARTNERS: Mapping[str, type[ApiError]] = {
    str(kind.code): kind for kind in (PartnerUnavailable, PartnerFailed)
}


@contextmanager
def engine_errors(field: str | None = None) -> Iterator[None]:
    """Turn what the engine raises into `ApiError`, with `field`, the one at fault, as a detail."""
    try:
        yield
    except engine.EngineError as error:
        raise from_engine(error, field=field) from error


def of_version(version: Version) -> ApiError:
    """The error of a version that could not be rendered."""
    kind = _FROM_CODE.get(version.error_code, JobFailed)
    return kind(version.error_message, details={"version": version.number})


def of_job(job: Job) -> ApiError:
    """The error of a job that ended without a result."""
    where = {"jobId": job.public_id}
    if job.status == "cancelled":
        return JobCancelled(details=where)
    kind = _FROM_CODE.get(job.error_code) or _OF_PARTNERS.get(job.error_code, JobFailed)
    details: dict[str, Any] = {**(job.error_details or {}), **where}
    return kind(job.error_message or None, details=details)
