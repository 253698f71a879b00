"""The operators' pages: the first one with its charts, and every other one."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from adminstats import customers, rollups
from billing.models import StripeEvent
from tests.accounts.factories import UserFactory
from tests.adminstats.factories import bill, closed_hold, job, order
from tests.billing.factories import subscription_for
from tests.removal.factories import customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def charts(page: str) -> list[dict[str, Any]]:
    return [json.loads(unescape(found)) for found in re.findall(r'data-value="([^"]+)"', page)]


def test_the_first_page_draws_what_the_api_says(site: Client, owner: User) -> None:
    now = timezone.now()
    for days, status in ((0, "completed"), (2, "completed"), (2, "failed"), (40, "completed")):
        job(owner, "basic", status, now - timedelta(days=days), 3)
    rollups.roll_up(now=now)
    subscription_for(customer(), "pro")
    page = site.get("/admin/").content.decode()
    ended = charts(page)[0]
    by_name = {line["label"]: line["data"] for line in ended["datasets"]}
    assert len(ended["labels"]) == 30
    assert (sum(by_name["Completed"]), sum(by_name["Failed"])) == (2, 1)
    assert by_name["Failed"][-3] == 1
    for figure in ("66.7 %", "Rp 600", "Rp 299,000"):
        assert figure in page


def test_the_first_page_shows_money_causes_and_customers(site: Client, owner: User) -> None:
    now = timezone.now()
    order(owner, 150_000, lost=50_000)
    bill(owner, 99_000)
    job(owner, "basic", "failed", now)
    for days in (0, 2):
        job(owner, "basic", "completed", now - timedelta(days=days), 3)
    rollups.roll_up(now=now)
    page = site.get("/admin/").content.decode()
    for figure in ("Rp 199,000", "Rp 50,000", "INTERNAL_ERROR"):
        assert figure in page
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.S)
    [best] = [re.sub("<[^>]+>", " ", row).split() for row in rows if owner.email in row]
    assert best == [owner.email, "Rp", "199,000", "6"]
    by_label = {line["label"]: line["data"] for chart in charts(page) for line in chart["datasets"]}
    assert sum(by_label["Paid"]) == 199_000


def test_who_paid_most_comes_first(owner: User) -> None:
    now, other, third = timezone.now(), customer(), customer()
    closed_hold(owner, 5, now - timedelta(days=3))
    closed_hold(other, 7, now - timedelta(days=3))
    order(third, 10_000)
    rollups.roll_up(now=now)
    closed_hold(owner, 4, now)
    found = customers.best(since=now - timedelta(days=6), now=now)
    assert [(one.email, one.paid_idr, one.credits) for one in found] == [
        (third.email, 10_000, 0),
        (owner.email, 0, 9),
        (other.email, 0, 7),
    ]


@pytest.mark.parametrize(("period", "days"), [("7d", 7), ("90d", 90), ("nonsense", 30)])
def test_the_period_can_be_chosen(site: Client, owner: User, period: str, days: int) -> None:
    job(owner, "basic", "completed", timezone.now())
    page = site.get("/admin/", {"period": period}).content.decode()
    assert len(charts(page)[0]["labels"]) == days


def stripe_event(*, status: str = "failed", age: timedelta = timedelta(0)) -> StripeEvent:
    moment = timezone.now() - age
    return StripeEvent.objects.create(
        stripe_id="evt_1",
        type="charge.refunded",
        payload={},
        source="webhook",
        created_at=moment,
        received_at=moment,
        available_at=moment,
        status=status,
    )


def test_shows_when_payments_need_an_operator(site: Client) -> None:
    stripe_event()
    page = site.get("/admin/").content.decode()
    assert "1 Stripe event could not be processed" in page
    [link] = re.findall(r'href="([^"]*stripeevent/\?status[^"]*)"', page)
    assert "evt_1" in site.get(unescape(link)).content.decode()


@pytest.mark.parametrize(("minutes", "shown"), [(61, True), (59, False)])
def test_shows_when_events_wait_for_long(site: Client, minutes: int, shown: bool) -> None:
    stripe_event(status="pending", age=timedelta(minutes=minutes))
    page = site.get("/admin/").content.decode()
    assert ("1 Stripe event has waited for more than an hour" in page) == shown
    links = re.findall(r'href="([^"]*stripeevent/\?status[^"]*)"', page)
    assert ["evt_1" in site.get(unescape(link)).content.decode() for link in links] == [
        True
    ] * shown


def test_an_event_can_be_processed_again_from_its_own_page(site: Client) -> None:
    event = stripe_event()
    page = site.get(reverse("admin:billing_stripeevent_change", args=[event.pk])).content.decode()
    [form] = re.findall(r'<form method="post" action="[^"]*stripeevent/">.*?</form>', page, re.S)
    assert "Process again" in form
    [address] = re.findall(r'action="([^"]+)"', form)
    fields = dict(re.findall(r'name="(action|_selected_action)" value="([^"]+)"', form))
    assert site.post(address, fields).status_code == 302
    event.refresh_from_db()
    assert event.status == "pending"


def test_staff_with_the_view_permission_have_no_button() -> None:
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_stripeevent"))
    client = Client()
    client.force_login(looker)
    page = client.get(reverse("admin:billing_stripeevent_change", args=[stripe_event().pk]))
    assert page.status_code == 200
    assert "Process again" not in page.content.decode()


def test_cancelled_jobs_are_neither_a_success_nor_hidden(site: Client, owner: User) -> None:
    for status in ("completed", "failed", "cancelled"):
        job(owner, "basic", status, timezone.now())
    page = site.get("/admin/").content.decode()
    assert "1 failed, 1 cancelled" in page
    assert "of 2; 0 results were called bad" in page


def test_events_are_shown_only_to_staff_with_the_permission(site: Client) -> None:
    stripe_event()
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    assert "could not be processed" not in client.get("/admin/").content.decode()
    StripeEvent.objects.update(status="pending", received_at=timezone.now() - timedelta(hours=2))
    assert "has waited" not in client.get("/admin/").content.decode()


def test_one_subscription_is_not_subscriptions(site: Client) -> None:
    subscription_for(customer(), "pro")
    assert "1 live subscription<" in site.get("/admin/").content.decode()


def test_shows_when_there_is_no_data(site: Client) -> None:
    page = site.get("/admin/").content.decode()
    # The operator has signed up, and nothing else has happened.
    assert [line["label"] for chart in charts(page) for line in chart["datasets"]] == ["Sign-ups"]
    for words in (
        "Nothing yet in this period",
        "Nothing waits",
        "No image was finished",
        "Nothing failed",
    ):
        assert words in page


def test_loads_nothing_from_other_hosts(site: Client, owner: User) -> None:
    job(owner, "basic", "completed", timezone.now())
    page = site.get("/admin/").content.decode()
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page)
    assert loaded
    assert [address for address in loaded if not address.startswith("/static/")] == []


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_every_list_opens(site: Client, owner: User, model: Any) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    url = reverse(f"admin:{name}_changelist")
    assert site.get(url).status_code == 200
    assert site.get(url, {"q": "user_01"}).status_code == 200


def test_the_navigation_names_every_page(site: Client) -> None:
    page = site.get("/admin/").content.decode()
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert reverse(f"admin:{name}_changelist") in page, name


def test_the_navigation_hides_pages_without_permission() -> None:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    page = client.get("/admin/").content.decode()
    assert reverse("admin:billing_entry_changelist") not in page


def test_customers_see_only_the_login_page(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]
