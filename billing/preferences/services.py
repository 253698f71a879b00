"""An account's own choices about its credits: the spending cap, and when to warn of few credits."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from billing import locks
from billing.models import Account
from billing.spending import services as spending
from billing.spending.services import Cap, CapState


@dataclass(frozen=True)
class Preferences:
    """`low_threshold` is None where the service's own limit (`CREDITS_LOW`) applies."""

    spending_cap: CapState | None
    low_threshold: int | None

    @property
    def effective_low_threshold(self) -> int:
        return settings.CREDITS_LOW if self.low_threshold is None else self.low_threshold


def of_user(*, user_id: int) -> Preferences:
    thresholds = Account.objects.filter(user_id=user_id).values_list("low_threshold", flat=True)
    return Preferences(
        spending_cap=spending.states(user_id=user_id).get(spending.OF_ACCOUNT),
        low_threshold=thresholds.first(),
    )


def set_spending_cap(*, user_id: int, cap: Cap | None) -> None:
    spending.set_cap(user_id=user_id, cap=cap)


@transaction.atomic
def set_low_threshold(*, user_id: int, credits: int | None) -> None:
    """Warn below so many credits; 0 never warns, None follows the service's own limit.

    The next notice depends on the new threshold alone, even if there was one before.
    """
    locks.open_account(user_id=user_id)
    Account.objects.filter(user_id=user_id).update(low_threshold=credits, low_noticed=False)
