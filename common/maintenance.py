"""Maintenance mode: new work is refused while what is under way ends.

The state is one row, so that every process of every machine sees it at once, and the service that
starts work asks for it, so that every surface refuses in its own format.
"""

import logging
from datetime import datetime

from django.db import transaction

from common.http.errors import ServiceUnavailable
from common.models import MaintenanceMode
from common.operators import audit_log
from common.users import UserRef

logger = logging.getLogger(__name__)

MESSAGE = "The service is under maintenance and takes no new work; what is under way ends"
# Seconds in `Retry-After`. Maintenance is ended by hand, so its real end is unknown.
RETRY_AFTER_S = 300
_ONLY_ROW = 1


class UnderMaintenance(ServiceUnavailable):
    """New work is refused by an operator's decision. Carries `Retry-After`."""

    message = MESSAGE


def current() -> MaintenanceMode | None:
    """The maintenance that is on, or None."""
    return MaintenanceMode.objects.filter(pk=_ONLY_ROW).first()


def refuse_new_work() -> None:
    """Raise UnderMaintenance (503) while maintenance is on."""
    if mode := current():
        raise UnderMaintenance(mode.message or None, headers={"Retry-After": str(RETRY_AFTER_S)})


@transaction.atomic
def begin(*, message: str, by: UserRef, now: datetime) -> MaintenanceMode:
    """Turn maintenance on, or change what it says."""
    mode, _ = MaintenanceMode.objects.update_or_create(
        pk=_ONLY_ROW,
        defaults={"message": message},
        create_defaults={"message": message, "since": now},
    )
    audit_log.record(operator=by, action="begin maintenance", after={"message": message})
    logger.warning("maintenance is on: %s", message or MESSAGE)
    return mode


@transaction.atomic
def end(*, by: UserRef) -> bool:
    """Turn maintenance off; False when it was not on."""
    deleted, _ = MaintenanceMode.objects.filter(pk=_ONLY_ROW).delete()
    if deleted:
        audit_log.record(operator=by, action="end maintenance")
        logger.warning("maintenance is off")
    return bool(deleted)
