"""Services for the apps above: quote, reserve, capture and release the price of images."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing import ledger, pricing
from billing.errors import BatchTooLarge, InsufficientCredits, QuotaExceeded, TierNotAllowed
from billing.models import Hold
from billing.plans import Plan
from billing.pricing import BATCH_MAX, BATCH_MIN, Quote, Tier
from billing.quotas import services as quotas
from billing.subscriptions import queries as subscriptions
from common.http.errors import InvalidInput


class PricingType(StrEnum):
    """The sources that can pay for an image."""

    CREDITS = "credits"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Reservation:
    """A reserved price and its source; `hold_id` is None when the subscription pays."""

    pricing_type: PricingType
    credits: int
    hold_id: int | None


_BY_SUBSCRIPTION = Reservation(PricingType.SUBSCRIPTION, credits=0, hold_id=None)


def quote_batch(
    *, image_count: int, tier: str, partner_percent: int = 0, least: int = BATCH_MIN
) -> Quote:
    """The price of a batch. `least` is lower for a batch some of whose images were refused.

    Raises `InvalidInput` for too few images or an unknown tier and `BatchTooLarge` for too many;
    `details` name what is allowed.
    """
    try:
        return pricing.quote(
            image_count=image_count, tier=tier, partner_percent=partner_percent, least=least
        )
    except pricing.UnknownTier as error:
        raise InvalidInput(str(error), details={"tier": tier, "allowed": [*Tier]}) from None
    except pricing.TooManyImages as error:
        raise BatchTooLarge(str(error), details=_batch_sizes(image_count)) from None
    except pricing.TooFewImages as error:
        raise InvalidInput(str(error), details=_batch_sizes(image_count)) from None


def reserve_single(
    *, user_id: int, tier: str, reference: str, key: str, now: datetime, api_key: str = ""
) -> Reservation:
    """Reserve the price of one image of `tier`: from the subscription's quota, or else in credits.

    The same `key` gives the same reservation. `api_key` identifies the API key that asks for it,
    if one does. Raises `SpendingCapReached` (402) where credits would exceed a spending cap,
    `UnknownTier` and `KeyReused` (409); and when neither can pay: `InsufficientCredits` (402)
    without a subscription, `TierNotAllowed` (403) when the plan lacks the tier, `QuotaExceeded`
    (429) when the day's quota is used up.
    """
    credits = pricing.single_price(tier)
    if quotas.taken(key=key):
        return _BY_SUBSCRIPTION
    plan = subscriptions.entitled_plan(user_id=user_id)
    if plan and quotas.take(
        user_id=user_id, plan=plan, tier=Tier(tier), key=key, reference=reference, now=now
    ):
        return _BY_SUBSCRIPTION
    try:
        hold = ledger.place_hold(
            user_id=user_id,
            credits=credits,
            key=key,
            reference=reference,
            tier=tier,
            api_key=api_key,
            now=now,
        )
    except InsufficientCredits as error:
        if plan is None:
            raise
        raise _beyond(plan, Tier(tier), user_id, error) from None
    return Reservation(PricingType.CREDITS, credits, hold.pk)


def release_quota(*, key: str, now: datetime) -> bool:
    """Give the quota of an unfinished image back to the day it was taken from, once.

    Returns False when there is nothing to give back.
    """
    return quotas.give_back(key=key, now=now)


def capture_single(
    *, hold_id: int, reference: str, credits: int, now: datetime | None = None
) -> Hold:
    """Charge the image `reference` that was reserved; repeating it charges nothing more.

    Raises `AlreadySettled` when the hold was released before, `AlreadyCaptured` when the image was
    charged under another hold.
    """
    return ledger.settle_hold(hold_id=hold_id, captures={reference: credits}, now=now)


def release_single(*, hold_id: int, now: datetime | None = None) -> Hold:
    """Release a reservation; repeating it does nothing. Raises `AlreadySettled`."""
    return ledger.release_hold(hold_id=hold_id, now=now)


def _beyond(
    plan: Plan, tier: Tier, user_id: int, error: InsufficientCredits
) -> TierNotAllowed | QuotaExceeded:
    """The error that says why the subscription did not pay, for a user without enough credits."""
    if not plan.allows(tier):
        return TierNotAllowed(plan, tier, error)
    return QuotaExceeded(plan, tier, quotas.usage(user_id=user_id), error)


def _batch_sizes(image_count: int) -> dict[str, int]:
    return {"imageCount": image_count, "minimum": BATCH_MIN, "maximum": BATCH_MAX}
