"""Prices in credits, rupiah and dollars. The module uses no database, settings or clock.

Credits and rupiah are whole numbers. Discounts are rounded down to a whole credit, so a discount
never takes more than its percentage. Sources of the figures: the price list of the API (credits per
tier, volume discounts, Rp 100 a credit, Rp 15,000 a dollar). docs/pricing.md explains them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType

BATCH_MIN = 2
BATCH_MAX = 500
IDR_PER_CREDIT = 100
IDR_PER_USD = 15_000
CURRENCY = "IDR"


class Tier(StrEnum):
    BASIC = "basic"
    STANDARD = "standard"
    PROFESSIONAL = "professional"
    INDUSTRY = "industry"


CREDITS_PER_IMAGE: Mapping[Tier, int] = MappingProxyType(
    {Tier.BASIC: 3, Tier.STANDARD: 8, Tier.PROFESSIONAL: 15, Tier.INDUSTRY: 25}
)

# (images, percent): the discount of the highest step that the number of images reaches.
VOLUME_DISCOUNTS = ((201, 20), (101, 15), (51, 10), (20, 5), (1, 0))


class PricingError(ValueError):
    """A quote that cannot be given."""


class TooFewImages(PricingError):
    """Fewer images than a batch needs."""


class TooManyImages(PricingError):
    """More images than a batch may have."""


class UnknownTier(PricingError):
    """No such quality tier."""


@dataclass(frozen=True)
class Rate:
    """The price per image before the volume discount, and the partner's discount, which is applied
    after the volume discount.
    """

    credits_per_image: int
    partner_percent: int = 0

    def total(self, image_count: int) -> int:
        """The price of that many images with the volume discount of their number: T(n)."""
        base = image_count * self.credits_per_image
        discounted = base - _percent(base, volume_discount(image_count))
        return discounted - _percent(discounted, self.partner_percent)


@dataclass(frozen=True)
class Tally:
    """The numbers of images that finished, and that failed through a fault of the service. Images
    that failed through the caller's fault, or were cancelled, earn no discount and are in neither
    number.
    """

    finished: int
    failed: int


@dataclass(frozen=True)
class Quote:
    """The price of a batch.

    `discount_*` is the volume discount; `partner_*` is a partner's own rate, taken off what the
    volume discount leaves. `savings_idr` is what both save together.
    """

    image_count: int
    tier: Tier
    base_per_image: int
    base_total: int
    discount_percentage: int
    discount_amount: int
    partner_percentage: int
    partner_amount: int
    final_total: int
    per_image_after_discount: Decimal
    cost_idr: int
    cost_usd: Decimal
    savings_idr: int


def volume_discount(image_count: int) -> int:
    """The volume discount of a number of images, in percent."""
    return next((percent for least, percent in VOLUME_DISCOUNTS if image_count >= least), 0)


def earned(*, rate: Rate, tally: Tally, held: int) -> int:
    """The price of the finished images of a batch.

    With k finished images and f that failed through a fault of the service, it is `min(held,
    floor(k · T(k+f) / (k+f)))`: the price per image of a batch of k+f, and never more than what was
    `held` for them. So an image that failed through a fault of the service costs nothing and still
    counts for the discount; one that failed through the caller's fault does not count.
    """
    proper = tally.finished + tally.failed
    if not tally.finished:
        return 0
    return min(held, tally.finished * rate.total(proper) // proper)


def quote(
    *, image_count: int, tier: str, partner_percent: int = 0, least: int = BATCH_MIN
) -> Quote:
    """Price a batch of `least` to `BATCH_MAX` images.

    Raises `TooFewImages`, `TooManyImages` or `UnknownTier`, and `PricingError` when
    `partner_percent` is not 0 to 100.
    """
    _check_count(image_count, least)
    known, per_image = _price_of(tier)
    if not 0 <= partner_percent <= 100:
        raise PricingError(f"A partner's discount is 0 to 100 percent, not {partner_percent}")
    percentage = volume_discount(image_count)
    base_total = image_count * per_image
    discount = _percent(base_total, percentage)
    partner = _percent(base_total - discount, partner_percent)
    final_total = base_total - discount - partner
    return Quote(
        image_count=image_count,
        tier=known,
        base_per_image=per_image,
        base_total=base_total,
        discount_percentage=percentage,
        discount_amount=discount,
        partner_percentage=partner_percent,
        partner_amount=partner,
        final_total=final_total,
        per_image_after_discount=_rounded(Decimal(final_total) / max(image_count, 1), "0.0001"),
        cost_idr=idr(final_total),
        cost_usd=usd(final_total),
        savings_idr=idr(base_total - final_total),
    )


def single_price(tier: str) -> int:
    """The price in credits of one image outside a batch. Raises `UnknownTier`."""
    return _price_of(tier)[1]


def share(*, index: int, count: int, total: int) -> int:
    """The share, in credits, of image `index` (from 0) of `count` in a batch's `total`.

    `floor((i+1)·T/n) − floor(i·T/n)`: whole numbers that always add up to the total.
    """
    if not 0 <= index < count:
        raise PricingError(f"Image {index} is not one of {count}")
    return (index + 1) * total // count - index * total // count


def shares(*, count: int, total: int) -> tuple[int, ...]:
    """The share of every image of a batch, in order; they add up to `total`."""
    return tuple(share(index=index, count=count, total=total) for index in range(count))


def idr(credits: int) -> int:
    """The price in whole rupiah."""
    return credits * IDR_PER_CREDIT


def usd(credits: int) -> Decimal:
    """The price in dollars, rounded half up to the cent."""
    return _rounded(Decimal(idr(credits)) / IDR_PER_USD, "0.01")


def _check_count(image_count: int, least: int) -> None:
    if image_count < least:
        raise TooFewImages(f"A batch has at least {least} images, not {image_count}")
    if image_count > BATCH_MAX:
        raise TooManyImages(f"A batch has at most {BATCH_MAX} images, not {image_count}")


def _price_of(tier: str) -> tuple[Tier, int]:
    try:
        known = Tier(tier)
    except ValueError:
        raise UnknownTier(f"The tier is one of {', '.join(Tier)}, not {tier!r}") from None
    return known, CREDITS_PER_IMAGE[known]


def _percent(amount: int, percent: int) -> int:
    return amount * percent // 100


def _rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)
