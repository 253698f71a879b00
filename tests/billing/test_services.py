"""Payment of one image, and quotes."""

import pytest
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.errors import AlreadySettled, BatchTooLarge, InsufficientCredits
from billing.ledger import Balance
from billing.pricing import UnknownTier
from billing.services import PricingType, Reservation
from common.http.errors import InvalidInput
from tests.billing.factories import user_with

pytestmark = pytest.mark.django_db


def reserve(user: User, tier: str = "professional", key: str = "job:1") -> Reservation:
    return services.reserve_single(
        user_id=user.pk, tier=tier, reference="job_1", key=key, now=timezone.now()
    )


def capture(reservation: Reservation) -> None:
    assert reservation.hold_id is not None
    services.capture_single(
        hold_id=reservation.hold_id, reference="job_1", credits=reservation.credits
    )


@pytest.mark.parametrize(
    ("tier", "credits"), [("basic", 3), ("standard", 8), ("professional", 15), ("industry", 25)]
)
def test_a_single_is_reserved_at_its_tiers_price(tier: str, credits: int) -> None:
    user = user_with(25)
    reservation = reserve(user, tier)
    assert (reservation.pricing_type, reservation.credits) == (PricingType.CREDITS, credits)
    assert ledger.balance(user_id=user.pk) == Balance(available=25 - credits, held=credits)


def test_capturing_charges_once() -> None:
    user = user_with(25)
    reservation = reserve(user)
    capture(reservation)
    capture(reservation)
    assert ledger.balance(user_id=user.pk) == Balance(available=10, held=0)


def test_releasing_gives_back_once() -> None:
    user = user_with(25)
    reservation = reserve(user)
    assert reservation.hold_id
    for _ in range(2):
        services.release_single(hold_id=reservation.hold_id)
    assert ledger.balance(user_id=user.pk) == Balance(available=25, held=0)


def test_a_released_reservation_cannot_be_captured() -> None:
    reservation = reserve(user_with(25))
    assert reservation.hold_id
    services.release_single(hold_id=reservation.hold_id)
    with pytest.raises(AlreadySettled):
        capture(reservation)


def test_too_few_credits_name_the_tier() -> None:
    with pytest.raises(InsufficientCredits) as caught:
        reserve(user_with(8))
    assert caught.value.details == {"required": 15, "available": 8, "tier": "professional"}


def test_the_same_key_gives_the_same_reservation() -> None:
    user = user_with(25)
    assert reserve(user) == reserve(user)
    assert ledger.balance(user_id=user.pk).held == 15


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(UnknownTier):
        reserve(user_with(25), "gold")


def test_a_quote_of_too_many_images_says_how_many_may_be() -> None:
    with pytest.raises(BatchTooLarge) as caught:
        services.quote_batch(image_count=501, tier="basic")
    assert caught.value.details == {"imageCount": 501, "minimum": 2, "maximum": 500}


def test_a_quote_of_an_unknown_tier_names_the_tiers() -> None:
    with pytest.raises(InvalidInput) as caught:
        services.quote_batch(image_count=5, tier="gold")
    assert caught.value.details is not None
    assert caught.value.details["allowed"] == ["basic", "standard", "professional", "industry"]


def test_a_quote_takes_a_partner_rate() -> None:
    quote = services.quote_batch(image_count=12, tier="professional", partner_percent=10)
    assert (quote.final_total, quote.discount_percentage) == (162, 0)
