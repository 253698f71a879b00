"""One customer on one page of the operators' site."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from billing import ledger
from common.models import OperatorAction
from tests.accounts.factories import UserFactory, api_key_for
from tests.adminstats.factories import bill, job, order
from tests.batches.factories import ended
from tests.billing.factories import subscription_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def page_of(user: User) -> str:
    return reverse("operators-customer", args=[user.public_id])


def may(*permissions: str) -> Client:
    operator = UserFactory(is_staff=True)
    operator.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(operator)
    return client


def furnished(owner: User) -> dict[str, str]:
    """Something of each kind, and what the page must show of it."""
    api_key_for(owner, name="The shop's key")
    subscription_for(owner, "pro")
    paid = bill(owner, 299_000, lost=99_000)
    return {
        "job": job(owner, "basic", "failed", timezone.now()).public_id,
        "batch": ended(owner).public_id,
        "invoice": paid.stripe_id,
        "order": order(owner, 150_000).public_id,
        "plan": "Rp 299,000 a month",
        "paid": "Rp 350,000, Rp 99,000 returned",
        "balance": f"{ledger.balance(user_id=owner.pk).available:,} credits",
        "key": "The shop&#x27;s key",
        "cause": "INTERNAL_ERROR",
    }


def test_shows_everything_of_one_customer(site: Client, owner: User) -> None:
    shown = furnished(owner)
    page = site.get(page_of(owner)).content.decode()
    assert {kind for kind, text in shown.items() if text not in page} == set()
    assert owner.email in page


def test_every_link_on_it_opens(site: Client, owner: User) -> None:
    furnished(owner)
    page = site.get(page_of(owner)).content.decode()
    main = page[page.index("Give or take credits") - 300 :]
    links = {link for link in re.findall(r'href="(/admin/[^"]+)"', main) if "logout" not in link}
    assert len(links) > 10
    assert {link for link in links if site.get(link).status_code != 200} == set()


def test_shows_each_operator_only_what_they_may_see(owner: User) -> None:
    shown = furnished(owner)
    page = may("view_user", "view_job").get(page_of(owner)).content.decode()
    assert shown["job"] in page
    hidden = ("batch", "invoice", "order", "plan", "paid", "balance", "key")
    assert [kind for kind in hidden if shown[kind] in page] == []
    assert "Give or take credits" not in page


def test_is_for_staff_who_may_see_users(owner: User, site: Client) -> None:
    assert may("view_job").get(page_of(owner)).status_code == 403
    client = Client()
    client.force_login(owner)
    assert client.get(page_of(owner)).status_code == 302
    assert Client().get(page_of(owner)).status_code == 302
    assert site.get(page_of(owner).replace(owner.public_id, "user_0")).status_code == 404


def test_the_credits_form_shows_the_balance_and_leads_back(site: Client, owner: User) -> None:
    page = site.get(f"{page_of(owner)}credits/").content.decode()
    available = ledger.balance(user_id=owner.pk).available
    assert f"{owner.email} has {available} credits available and 0 set aside" in page
    assert f'href="{page_of(owner)}">Back' in page


def test_gives_credits_for_a_reason(site: Client, owner: User) -> None:
    before = ledger.balance(user_id=owner.pk).available
    form = {"credits": "25", "reason": "Goodwill", "key": str(uuid4())}
    for _ in range(2):
        answer = site.post(f"{page_of(owner)}credits/", form)
        assert (answer.status_code, answer.headers["Location"]) == (302, page_of(owner))
    assert ledger.balance(user_id=owner.pk).available == before + 25
    [line] = OperatorAction.objects.all()
    assert (line.action, line.object_id, line.reason) == (
        "credits.adjust",
        owner.public_id,
        "Goodwill",
    )
    assert "Goodwill" in site.get(page_of(owner)).content.decode()


def test_credits_need_a_reason_and_the_permission(site: Client, owner: User) -> None:
    before = ledger.balance(user_id=owner.pk)
    form = {"credits": "25", "reason": "", "key": str(uuid4())}
    assert "This field is required" in site.post(f"{page_of(owner)}credits/", form).content.decode()
    client = may("view_user", "view_account")
    full = {**form, "reason": "Goodwill"}
    assert client.post(f"{page_of(owner)}credits/", full).status_code == 403
    assert ledger.balance(user_id=owner.pk) == before


def test_more_cannot_be_taken_than_is_there(site: Client, owner: User) -> None:
    form = {"credits": "-9999", "reason": "Mistake", "key": str(uuid4())}
    page = site.post(f"{page_of(owner)}credits/", form).content.decode()
    assert "credits cannot be taken" in page
