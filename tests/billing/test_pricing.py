"""The price list, and shares that always add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing import (
    BATCH_MAX,
    BATCH_MIN,
    PricingError,
    Tier,
    TooFewImages,
    TooManyImages,
    UnknownTier,
    quote,
    share,
    shares,
    single_price,
    usd,
    volume_discount,
)

COUNTS = st.integers(BATCH_MIN, BATCH_MAX)
TIERS = st.sampled_from(Tier)
PERCENT = st.integers(0, 100)


def test_the_documented_example() -> None:
    price = quote(image_count=100, tier="standard")
    assert (price.base_per_image, price.base_total) == (8, 800)
    assert (price.discount_percentage, price.discount_amount, price.final_total) == (10, 80, 720)
    assert price.per_image_after_discount == Decimal("7.2")
    assert (price.cost_idr, price.cost_usd, price.savings_idr) == (72_000, Decimal("4.8"), 8_000)


@pytest.mark.parametrize(
    ("tier", "count", "base", "discount", "final"),
    [
        ("basic", 33, 99, 4, 95),
        ("standard", 51, 408, 40, 368),
        ("professional", 101, 1515, 227, 1288),
        ("industry", 200, 5000, 750, 4250),
        ("industry", 201, 5025, 1005, 4020),
        ("basic", 500, 1500, 300, 1200),
    ],
)
def test_vectors(tier: str, count: int, base: int, discount: int, final: int) -> None:
    price = quote(image_count=count, tier=tier)
    assert (price.base_total, price.discount_amount, price.final_total) == (base, discount, final)


@pytest.mark.parametrize(
    ("first", "last", "percent"),
    [(1, 19, 0), (20, 50, 5), (51, 100, 10), (101, 200, 15), (201, 500, 20)],
)
def test_every_step_of_the_volume_discount(first: int, last: int, percent: int) -> None:
    assert {volume_discount(count) for count in range(first, last + 1)} == {percent}


@pytest.mark.parametrize(
    ("tier", "credits"), [("basic", 3), ("standard", 8), ("professional", 15), ("industry", 25)]
)
def test_price_of_a_single_image(tier: str, credits: int) -> None:
    assert single_price(tier) == credits


@pytest.mark.parametrize("count", [1, 0, -5])
def test_too_few_images_are_refused(count: int) -> None:
    with pytest.raises(TooFewImages, match=f"at least 2 images, not {count}"):
        quote(image_count=count, tier="basic")


@pytest.mark.parametrize("count", [501, 10**30])
def test_too_many_images_are_refused(count: int) -> None:
    with pytest.raises(TooManyImages, match=f"at most 500 images, not {count}"):
        quote(image_count=count, tier="basic")


@pytest.mark.parametrize("tier", ["", "Basic", "gold", "basic "])
def test_unknown_tiers_are_refused(tier: str) -> None:
    with pytest.raises(UnknownTier, match="basic, standard, professional, industry"):
        quote(image_count=10, tier=tier)
    with pytest.raises(UnknownTier):
        single_price(tier)


def test_a_partner_rate_is_no_volume_discount() -> None:
    price = quote(image_count=12, tier="professional", partner_percent=10)
    assert price.final_total == 162
    assert (price.discount_percentage, price.discount_amount) == (0, 0)
    assert (price.partner_percentage, price.partner_amount, price.savings_idr) == (10, 18, 1800)


def test_a_partner_rate_applies_to_what_the_volume_discount_leaves() -> None:
    price = quote(image_count=100, tier="standard", partner_percent=10)
    assert (price.discount_amount, price.partner_amount, price.final_total) == (80, 72, 648)


@pytest.mark.parametrize("percent", [-1, 101])
def test_impossible_partner_rates_are_refused(percent: int) -> None:
    with pytest.raises(PricingError):
        quote(image_count=12, tier="basic", partner_percent=percent)


@given(COUNTS, TIERS, PERCENT)
def test_totals_add_up(count: int, tier: Tier, partner: int) -> None:
    price = quote(image_count=count, tier=tier, partner_percent=partner)
    assert price.base_total == price.final_total + price.discount_amount + price.partner_amount
    assert 0 <= price.final_total <= price.base_total


@given(COUNTS, TIERS, PERCENT)
def test_a_discount_never_takes_more_than_its_percentage(
    count: int, tier: Tier, partner: int
) -> None:
    price = quote(image_count=count, tier=tier, partner_percent=partner)
    assert price.discount_amount * 100 <= price.base_total * price.discount_percentage
    assert price.base_total * price.discount_percentage < (price.discount_amount + 1) * 100


@given(st.integers(1, 2000), st.integers(0, 10**6))
def test_shares_add_up_and_differ_by_at_most_one(count: int, total: int) -> None:
    parts = shares(count=count, total=total)
    assert (len(parts), sum(parts)) == (count, total)
    assert max(parts) - min(parts) <= 1


@given(COUNTS, TIERS, PERCENT.filter(lambda percent: percent <= 50))
def test_every_image_of_a_batch_costs_something(count: int, tier: Tier, partner: int) -> None:
    total = quote(image_count=count, tier=tier, partner_percent=partner).final_total
    assert min(shares(count=count, total=total)) >= 1


@pytest.mark.parametrize("index", [-1, 5])
def test_an_image_outside_the_batch_has_no_share(index: int) -> None:
    with pytest.raises(PricingError):
        share(index=index, count=5, total=100)


@pytest.mark.parametrize(
    ("credits", "dollars"), [(720, "4.80"), (95, "0.63"), (0, "0.00"), (3, "0.02")]
)
def test_dollars_are_rounded_to_the_cent(credits: int, dollars: str) -> None:
    assert usd(credits) == Decimal(dollars)
