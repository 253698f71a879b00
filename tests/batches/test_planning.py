"""What a batch costs, image by image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import planning
from batches.lifecycle import NEXT, TERMINAL, BatchStatus, is_terminal, percentage, sources
from billing import pricing

COUNTS = st.integers(pricing.BATCH_MIN, pricing.BATCH_MAX)
TIERS = st.sampled_from(list(pricing.Tier))


@given(count=COUNTS, tier=TIERS, partner=st.integers(0, 100))
def test_shares_add_up_and_never_exceed_the_single_price(
    count: int, tier: str, partner: int
) -> None:
    quote = pricing.quote(image_count=count, tier=tier, partner_percent=partner)
    terms = planning.quoted(quote)
    assert sum(terms.prices) == terms.final_total == quote.final_total
    assert len(terms.prices) == count
    assert max(terms.prices) <= terms.base_credits_per_image
    assert max(terms.prices) - min(terms.prices) <= 1


@given(count=COUNTS, tier=TIERS, data=st.data())
def test_a_retry_costs_what_its_images_would_have_cost(
    count: int, tier: str, data: st.DataObject
) -> None:
    first = planning.quoted(pricing.quote(image_count=count, tier=tier))
    failed = data.draw(st.lists(st.sampled_from(first.prices), min_size=1, max_size=count))
    terms = planning.again(
        base_credits_per_image=first.base_credits_per_image,
        discount_percentage=first.discount_percentage,
        partner_percentage=first.partner_percentage,
        prices=failed,
    )
    assert (terms.prices, terms.final_total) == (tuple(failed), sum(failed))
    assert terms.base_total - terms.discount_amount == terms.final_total
    assert terms.discount_amount >= 0


@pytest.mark.parametrize(
    ("processed", "failed", "total", "percent"),
    [
        (67, 2, 100, 69),
        (0, 0, 3, 0),
        (1, 0, 3, 33),
        (2, 0, 3, 66),
        (2, 1, 3, 100),
        (499, 0, 500, 99),
    ],
)
def test_percentage_is_rounded_down(processed: int, failed: int, total: int, percent: int) -> None:
    assert percentage(processed=processed, failed=failed, total=total) == percent


def test_terminal_states_lead_nowhere() -> None:
    assert {status for status, following in NEXT.items() if not following} == TERMINAL
    assert [is_terminal(status) for status in ("completed", "zipping")] == [True, False]


def test_every_state_can_be_left_for_an_end() -> None:
    working = {BatchStatus.PENDING, BatchStatus.PROCESSING}
    assert sources(BatchStatus.ZIPPING) == working
    assert sources(BatchStatus.COMPLETED) == {BatchStatus.ZIPPING}
    assert sources(BatchStatus.FAILED) == {*working, BatchStatus.ZIPPING}
