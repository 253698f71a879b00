"""What a batch costs and what each of its images bears; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.pricing import Quote, shares


@dataclass(frozen=True)
class Terms:
    """The price of a batch in whole credits; `prices` are the images' shares, in order.

    The shares add up to `final_total`.
    """

    base_credits_per_image: int
    base_total: int
    discount_percentage: int
    discount_amount: int
    partner_percentage: int
    final_total: int
    prices: tuple[int, ...]


def quoted(quote: Quote) -> Terms:
    """The terms of a new batch."""
    return Terms(
        base_credits_per_image=quote.base_per_image,
        base_total=quote.base_total,
        discount_percentage=quote.discount_percentage,
        discount_amount=quote.discount_amount,
        partner_percentage=quote.partner_percentage,
        final_total=quote.final_total,
        prices=shares(count=quote.image_count, total=quote.final_total),
    )


def again(
    *,
    base_credits_per_image: int,
    discount_percentage: int,
    partner_percentage: int,
    prices: Sequence[int],
) -> Terms:
    """The terms of a retry: each image costs what it would have cost the first time.

    `discount_amount` is what that saves against the base price, whatever granted it.
    """
    base_total, final_total = base_credits_per_image * len(prices), sum(prices)
    return Terms(
        base_credits_per_image=base_credits_per_image,
        base_total=base_total,
        discount_percentage=discount_percentage,
        discount_amount=base_total - final_total,
        partner_percentage=partner_percentage,
        final_total=final_total,
        prices=tuple(prices),
    )
