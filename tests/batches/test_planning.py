"""The price of a batch, image by image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import planning
from batches.lifecycle import NEXT, TERMINAL, BatchStatus, is_terminal, percentage, sources
from batches.planning import Terms
from billing import pricing
from billing.pricing import Tally

COUNTS = st.integers(pricing.BATCH_MIN, pricing.BATCH_MAX)
TIERS = st.sampled_from(list(pricing.Tier))
PARTNERS = st.sampled_from([0, 0, 10, 37, 100])


def terms(count: int, tier: str = "standard", partner: int = 0) -> Terms:
    """The terms of a batch of which so many images passed the look at their header."""
    quote = pricing.quote(image_count=count, tier=tier, partner_percent=partner, least=0)
    return planning.quoted(quote)


def retry_of(first: Terms, ended: Tally, *, charged: int, images: int, failed: int) -> Terms:
    """The terms of a retry of so many images, of which `failed` failed for a reason of ours."""
    past = planning.following(first, ended, charged=charged, retried=failed)
    return planning.again(rate=first.rate, images=images, past=past)


@st.composite
def endings(draw: st.DrawFn) -> tuple[Terms, Tally]:
    """A batch, and how it ended: n images of which k finished and f failed for a reason of ours."""
    count = draw(COUNTS)
    finished = draw(st.integers(0, count))
    failed = draw(st.integers(0, count - finished))
    return terms(count, draw(TIERS), draw(PARTNERS)), Tally(finished, failed)


@pytest.mark.parametrize(
    ("count", "finished", "failed", "credits"),
    [
        (201, 10, 0, 80),  # 191 without a subject, or cancelled after 10
        (20, 19, 1, 144),  # one failure of ours
        (100, 100, 0, 720),
        (100, 0, 100, 0),
        (1, 1, 0, 8),  # the other images were refused at the first look
        (51, 50, 0, 368),  # never more than what is held for 51
        (51, 48, 3, 346),
        (10, 10, 0, 80),  # and 191 files that were refused at the first look
    ],
)
def test_vectors(count: int, finished: int, failed: int, credits: int) -> None:
    assert planning.captured(terms(count), Tally(finished, failed)) == credits


def test_the_retry_of_one_failure_of_ours_completes_the_price_of_a_clean_batch() -> None:
    first, ended = terms(20), Tally(19, 1)
    again = retry_of(first, ended, charged=144, images=1, failed=1)
    assert (again.final_total, again.discount_percentage, again.discount_amount) == (8, 5, 0)
    assert planning.captured(again, Tally(1, 0)) == 8
    assert first.final_total == 144 + 8


def test_cancelling_and_trying_the_rest_again_costs_one_clean_batch() -> None:
    first = terms(201)
    again = retry_of(first, Tally(10, 0), charged=80, images=191, failed=0)
    assert again.final_total == 1207
    assert 80 + planning.captured(again, Tally(191, 0)) == first.final_total == 1287


def test_a_partner_rate_is_no_volume_discount() -> None:
    first = terms(12, "professional", 10)
    assert (first.final_total, first.discount_percentage) == (162, 0)
    assert planning.captured(first, Tally(12, 0)) == 162
    assert planning.captured(first, Tally(6, 0)) == 81


@given(endings())
def test_a_clean_batch_costs_its_quote_and_an_empty_one_nothing(batch: tuple[Terms, Tally]) -> None:
    first, _ = batch
    assert planning.captured(first, Tally(first.images, 0)) == first.final_total
    assert planning.captured(first, Tally(0, first.images)) == 0


@given(endings())
def test_never_more_than_held_nor_than_the_single_price(batch: tuple[Terms, Tally]) -> None:
    first, ended = batch
    credits = planning.captured(first, ended)
    assert 0 <= credits <= first.final_total
    parts = pricing.shares(count=ended.finished, total=credits) if ended.finished else ()
    assert sum(parts) == credits
    assert max(parts, default=0) <= first.base_credits_per_image
    assert max(parts, default=0) - min(parts, default=0) <= 1


@given(endings())
def test_no_padding_and_no_cancelling_makes_the_finished_images_cheaper(
    batch: tuple[Terms, Tally],
) -> None:
    """Images that are blank, unreadable or cancelled change nothing, except that no more than the
    hold is captured: just above a step of the discount it may be less than one batch of k costs,
    as it is for whoever sends one good image more.
    """
    first, ended = batch
    proper = ended.finished + ended.failed
    due = ended.finished * first.rate.total(proper) // max(proper, 1)
    credits = planning.captured(first, ended)
    assert credits == min(due, first.final_total)
    if credits < due:
        step = pricing.volume_discount(first.images) > pricing.volume_discount(proper)
        assert step
        assert first.final_total == first.rate.total(first.images)


@given(endings(), st.data())
def test_only_failures_of_ours_earn_a_discount(
    batch: tuple[Terms, Tally], data: st.DataObject
) -> None:
    """With f failures of ours an image costs what it costs in a batch of k+f, to the credit."""
    first, ended = batch
    proper = ended.finished + ended.failed
    credits = planning.captured(first, ended)
    if ended.finished and first.rate.total(proper) <= first.final_total:
        exact = ended.finished * first.rate.total(proper) / proper
        assert exact - 1 < credits <= exact


@given(endings(), st.data())
def test_a_batch_and_its_retries_cost_what_one_clean_batch_would_have(
    batch: tuple[Terms, Tally], data: st.DataObject
) -> None:
    """Whatever is tried again, however often: the sum never passes what the finished images cost
    in one batch of them and what still fails, and reaches it when nothing is lost on the way.
    """
    current, ended = batch
    cancelled = data.draw(st.integers(0, current.images - ended.finished - ended.failed))
    images = ended.finished + ended.failed + cancelled
    rate, paid, finished = current.rate, 0, 0
    while True:
        charged = planning.captured(current, ended)
        paid, finished = paid + charged, finished + ended.finished
        waiting = ended.failed + cancelled
        if not waiting:
            break
        current = retry_of(current, ended, charged=charged, images=waiting, failed=ended.failed)
        assert 0 <= current.final_total <= rate.credits_per_image * waiting
        done = data.draw(st.integers(1, waiting))
        ended, cancelled = Tally(done, waiting - done), 0
    assert finished == images
    clean = rate.total(images)
    assert paid >= min(clean, batch[0].final_total)
    assert paid <= max(rate.total(size) for size in range(images + 1))


@given(COUNTS, st.data(), TIERS)
def test_a_failure_of_ours_that_is_tried_again_costs_no_more_than_without_it(
    count: int, data: st.DataObject, tier: str
) -> None:
    """Without images that are the caller's to answer for, the sum is exact."""
    failed = data.draw(st.integers(1, count))
    first, ended = terms(count, tier), Tally(count - failed, failed)
    charged = planning.captured(first, ended)
    again = retry_of(first, ended, charged=charged, images=failed, failed=failed)
    assert charged + planning.captured(again, Tally(failed, 0)) == first.final_total


@given(COUNTS, TIERS, PARTNERS)
def test_expected_prices_add_up_to_what_is_held(count: int, tier: str, partner: int) -> None:
    held = terms(count, tier, partner)
    prices = [planning.expected_price(held, index) for index in range(count)]
    assert sum(prices) == held.final_total
    assert max(prices) <= held.base_credits_per_image


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
