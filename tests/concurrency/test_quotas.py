"""Many singles at once on one quota."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import User
from billing import ledger, services
from billing.audit import audit
from billing.services import PricingType
from tests.billing.factories import quota_of, subscription_for, user_with
from tests.concurrency.test_ledger import at_once, kinds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    yield
    assert audit(now=timezone.now()).breaches == ()


def funded(user: User, number: int, tier: str = "basic") -> PricingType:
    reservation = services.reserve_single(
        user_id=user.pk, tier=tier, reference=f"job_{number}", key=f"k{number}", now=timezone.now()
    )
    return reservation.pricing_type


@pytest.mark.parametrize(("credits", "by_credits"), [(1000, 50), (60, 20), (0, 0)])
def test_100_parallel_singles_on_a_quota_of_50(credits: int, by_credits: int) -> None:
    user = user_with(credits)
    subscription_for(user, "starter")
    outcomes = at_once(100, lambda number: funded(user, number))
    assert Counter(map(str, outcomes))["subscription"] == 50
    assert Counter(map(str, outcomes))["credits"] == by_credits
    assert kinds(outcomes)["QuotaExceeded"] == 50 - by_credits
    assert quota_of(user) == (50, 0)
    assert ledger.balance(user_id=user.pk).held == 3 * by_credits


def test_professional_images_stay_within_their_share() -> None:
    user = user_with(0)
    subscription_for(user)
    tiers = ["professional", "standard"]
    outcomes = at_once(160, lambda number: funded(user, number, tiers[number % 2]))
    assert kinds(outcomes) == {"PricingType": 130, "QuotaExceeded": 30}
    assert quota_of(user) == (130, 50)


def test_the_same_image_from_many_threads_takes_once() -> None:
    user = user_with(0)
    subscription_for(user)
    assert kinds(at_once(30, lambda _: funded(user, 1))) == {"PricingType": 30}
    assert quota_of(user) == (1, 0)


def test_the_same_image_is_given_back_once() -> None:
    user = user_with(0)
    subscription_for(user)
    for number in range(3):
        funded(user, number)
    given = at_once(30, lambda _: services.release_quota(key="k1", now=timezone.now()))
    assert Counter(given)[True] == 1
    assert quota_of(user) == (2, 0)


def test_taking_and_giving_back_at_once_adds_up() -> None:
    user = user_with(0)
    subscription_for(user)
    for number in range(40):
        funded(user, number)

    def either(number: int) -> object:
        if number % 2:
            return services.release_quota(key=f"k{number // 2}", now=timezone.now())
        return funded(user, 100 + number)

    assert kinds(at_once(80, either)) == {"bool": 40, "PricingType": 40}
    assert quota_of(user) == (40, 0)
