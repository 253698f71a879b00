"""The part of an account's erasure that concerns webhooks, partners and drop-in surfaces."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from common.users import UserRef
from integrations.compat.removebg import contributions
from integrations.models import (
    Delivery,
    Endpoint,
    Event,
    EventCounter,
    PartnerRequest,
    Process,
    Repeat,
    SigningSecret,
)

# Rows that one call deletes; what they refer to goes with them.
_AT_ONCE = 1000


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`: delete endpoints, events and deliveries with their
    addresses, the secrets, what is kept of requests without an answer, and pictures that were
    given to learn from.
    """
    contributions.erase(user=user)
    Repeat.objects.filter(user_id=user.pk).delete()
    Process.objects.filter(user_id=user.pk).delete()
    PartnerRequest.objects.filter(user_id=user.pk).delete()
    SigningSecret.objects.filter(user_id=user.pk).delete()
    if not all(
        [
            _emptied(Delivery.objects.filter(user_id=user.pk)),
            _emptied(Event.objects.filter(user_id=user.pk)),
        ]
    ):
        return False
    Endpoint.objects.filter(user_id=user.pk).delete()
    EventCounter.objects.filter(user_id=user.pk).delete()
    return True


def _emptied(rows: QuerySet[Any]) -> bool:
    """Delete some of the rows; True when none is left."""
    rows.model._default_manager.filter(
        pk__in=list(rows.values_list("pk", flat=True)[:_AT_ONCE])
    ).delete()
    return not rows.exists()
