"""The welcome credits are granted once per mailbox."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from accounts import address_tokens, services
from accounts.models import User, WelcomeBonus
from accounts.services import erasure, verification, welcome
from billing import ledger
from billing.models import Entry
from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
BONUS = settings.SIGNUP_BONUS_CREDITS


def registered(email: str) -> User:
    return services.register(email=email, password=PASSWORD, now=timezone.now())


def credits_of(user: User) -> int:
    return ledger.balance(user_id=user.pk).available


def erase(user: User) -> None:
    erasure.erase_account(user=user, by=user, reason="", now=timezone.now())
    erasure.run()


@pytest.mark.parametrize("again", ["new@example.com", "New+2@example.com"])
def test_registering_again_after_an_erasure_gives_no_second_bonus(again: str) -> None:
    first = registered("new@example.com")
    erase(first)
    assert not User.objects.filter(email="new@example.com").exists()
    assert (credits_of(first), credits_of(registered(again))) == (BONUS, 0)


def test_another_mailbox_gets_its_own_bonus() -> None:
    assert [credits_of(registered(f"{name}@example.com")) for name in "ab"] == [BONUS, BONUS]


def test_two_verified_spellings_of_a_mailbox_get_one_bonus() -> None:
    with override_settings(VERIFY_EMAIL=True):
        users = [registered(email) for email in ("n.ew@gmail.com", "new+x@googlemail.com")]
        for user in users:
            verification.mark_verified(user=user, now=timezone.now())
    assert [credits_of(user) for user in users] == [BONUS, 0]


def test_changing_the_address_gives_no_second_bonus() -> None:
    user = registered("one@example.com")
    User.objects.filter(pk=user.pk).update(email="two@example.com", email_verified_at=None)
    user.refresh_from_db()
    with override_settings(SIGNUP_BONUS_CREDITS=BONUS + 1):
        verification.mark_verified(user=user, now=timezone.now())
    assert credits_of(user) == BONUS
    assert credits_of(registered("two+x@example.com")) == 0


def test_the_stored_digest_does_not_reveal_the_address() -> None:
    registered("new@example.com")
    kept = WelcomeBonus.objects.get().digest
    assert kept == welcome.digest("NEW@example.com")
    with override_settings(ADDRESS_HASH_KEY="another key of some length 0123456789"):
        assert welcome.digest("new@example.com") != kept


def confirm(user: User) -> None:
    verification.confirm(token=address_tokens.make(user), now=timezone.now())


def at_once(work: Callable[[User], object], users: list[User]) -> None:
    start = Barrier(len(users))

    def run(user: User) -> None:
        start.wait()
        try:
            work(user)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(users)) as pool:
        list(pool.map(run, users))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("accounts", [1, 8])
def test_concurrent_verifications_give_the_bonus_once(accounts: int, settings: Any) -> None:
    settings.VERIFY_EMAIL = True
    users = [UserFactory(email=f"me+{number}@example.com") for number in range(accounts)]
    every = users * (8 // accounts)
    at_once(confirm, every)
    assert sum(credits_of(user) for user in users) == BONUS
    assert Entry.objects.count() == 1
    assert not User.objects.filter(email_verified_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_concurrent_registrations_give_the_bonus_once() -> None:
    names = [User(email=f"me+{number}@example.com") for number in range(8)]
    at_once(lambda user: registered(user.email), names)
    assert sum(credits_of(user) for user in User.objects.all()) == BONUS


def test_existing_users_count_as_verified_and_as_welcomed() -> None:
    user, gone = UserFactory(), UserFactory(email="user_x@erased.invalid")
    step = import_module("accounts.migrations.0005_existing_users_are_verified")
    for _ in range(2):
        step.count_as_verified(apps, None)
    user.refresh_from_db()
    gone.refresh_from_db()
    assert (user.email_verified_at, gone.email_verified_at) == (user.created_at, None)
    assert WelcomeBonus.objects.count() == 1
    User.objects.all().delete()
    assert credits_of(registered(user.email)) == 0
