"""What the apps above may do with money for one image."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing import ledger, locks, pricing
from billing.errors import BatchTooLarge
from billing.models import Hold
from billing.pricing import BATCH_MAX, BATCH_MIN, Quote, Tier
from common.errors import InvalidInput


class PricingType(StrEnum):
    """What pays for an image."""

    CREDITS = "credits"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True)
class Reservation:
    """What one image will cost and where that is set aside; `hold_id` is None without a hold."""

    pricing_type: PricingType
    credits: int
    hold_id: int | None


def quote_batch(*, image_count: int, tier: str, partner_percent: int = 0) -> Quote:
    """The price of a batch.

    Raises `InvalidInput` for too few images or an unknown tier and `BatchTooLarge` for too many;
    `details` say what is allowed.
    """
    try:
        return pricing.quote(image_count=image_count, tier=tier, partner_percent=partner_percent)
    except pricing.UnknownTier as error:
        raise InvalidInput(str(error), details={"tier": tier, "allowed": [*Tier]}) from None
    except pricing.TooManyImages as error:
        raise BatchTooLarge(str(error), details=_batch_sizes(image_count)) from None
    except pricing.TooFewImages as error:
        raise InvalidInput(str(error), details=_batch_sizes(image_count)) from None


def reserve_single(
    *, user_id: int, tier: str, reference: str, key: str, now: datetime
) -> Reservation:
    """Set aside what one image of `tier` costs. The same `key` gives the same reservation.

    Raises `UnknownTier`, `InsufficientCredits` (402) and `KeyReused` (409).
    """
    # The one place that chooses what funds a single image.
    credits = pricing.single_price(tier)
    hold = ledger.place_hold(
        user_id=user_id, credits=credits, key=key, reference=reference, tier=tier, now=now
    )
    return Reservation(PricingType.CREDITS, credits, hold.pk)


def capture_single(
    *, hold_id: int, reference: str, credits: int, now: datetime | None = None
) -> Hold:
    """Charge the image `reference` that was reserved; repeating it charges nothing more.

    Raises `AlreadySettled` when the hold was released before, `AlreadyCaptured` when the image was
    charged under another hold.
    """
    return ledger.settle_hold(hold_id=hold_id, captures={reference: credits}, now=now)


def release_single(*, hold_id: int, now: datetime | None = None) -> Hold:
    """Give back what was reserved; repeating it does nothing. Raises `AlreadySettled`."""
    return ledger.release_hold(hold_id=hold_id, now=now)


def lock_account(*, user_id: int) -> None:
    """Take the account's lock early in the caller's transaction.

    For callers that must change a batch or a job before they call the ledger: the order is
    account → batch → job.
    """
    locks.account(user_id=user_id)


def _batch_sizes(image_count: int) -> dict[str, int]:
    return {"imageCount": image_count, "minimum": BATCH_MIN, "maximum": BATCH_MAX}
