"""Size, price and per-image shares of a batch; pure.

The formula for one batch is `billing.pricing.earned`. Here it is carried over a batch and its
retries, which together cost what one clean batch of their images would have cost.
"""

from dataclasses import dataclass, replace

from billing.pricing import Quote, Rate, Tally, earned, share, volume_discount


@dataclass(frozen=True)
class Past:
    """Outcome of the batches that a retry repeats: images that were delivered, images that
    failed for a reason of ours and are not tried again, and credits captured.
    """

    finished: int = 0
    failed: int = 0
    captured: int = 0


@dataclass(frozen=True)
class Terms:
    """The price of a batch in whole credits: `final_total` is held for its `images`."""

    images: int
    base_credits_per_image: int
    base_total: int
    discount_percentage: int
    discount_amount: int
    partner_percentage: int
    final_total: int
    past: Past = Past()

    @property
    def rate(self) -> Rate:
        return Rate(self.base_credits_per_image, self.partner_percentage)


def quoted(quote: Quote) -> Terms:
    """The terms of a new batch; its quote is for the images that passed the check of headers."""
    return Terms(
        images=quote.image_count,
        base_credits_per_image=quote.base_per_image,
        base_total=quote.base_total,
        discount_percentage=quote.discount_percentage,
        discount_amount=quote.discount_amount,
        partner_percentage=quote.partner_percentage,
        final_total=quote.final_total,
    )


def again(*, rate: Rate, images: int, past: Past) -> Terms:
    """The terms of a retry of `images`: what one batch of these and the earlier ones would have
    cost, less what was captured for the earlier ones.

    `discount_amount` is what that saves against the base price, whatever granted it.
    """
    whole = past.finished + past.failed + images
    base_total = rate.credits_per_image * images
    all_finished = earned(
        rate=rate,
        tally=Tally(finished=past.finished + images, failed=past.failed),
        held=rate.total(whole),
    )
    final_total = max(0, all_finished - past.captured)
    return Terms(
        images=images,
        base_credits_per_image=rate.credits_per_image,
        base_total=base_total,
        discount_percentage=volume_discount(whole),
        discount_amount=base_total - final_total,
        partner_percentage=rate.partner_percent,
        final_total=final_total,
        past=past,
    )


def captured(terms: Terms, tally: Tally) -> int:
    """Price of a batch that ended like this: never more than it holds, and never more for an
    image than its single price.
    """
    past, rate = terms.past, terms.rate
    together = Tally(past.finished + tally.finished, past.failed + tally.failed)
    most = min(terms.final_total, rate.credits_per_image * tally.finished)
    if not tally.finished:
        return 0
    return max(0, earned(rate=rate, tally=together, held=past.captured + most) - past.captured)


def expected_price(terms: Terms, index: int) -> int:
    """The price of image `index` (from 0) of those that are priced, when all of them finish."""
    return share(index=index, count=terms.images, total=terms.final_total)


def following(terms: Terms, tally: Tally, *, charged: int, retried: int) -> Past:
    """Terms of a retry: `retried` of the images that failed for a reason of ours are tried
    again, the others stay as they are.
    """
    past = terms.past
    return replace(
        past,
        finished=past.finished + tally.finished,
        failed=past.failed + tally.failed - retried,
        captured=past.captured + charged,
    )
