"""Search, filters and pages of the operators' lists."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common.operators import filters, pages, paging
from common.operators.search import Finder
from removal.models import Job
from tests.accounts.factories import UserFactory
from tests.removal.factories import customer, row

URL = "/admin/removal/job/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def owner() -> User:
    return customer(email="owner@example.com")


def listed(site: Client, **query: Any) -> set[str]:
    answer = site.get(URL, query)
    assert answer.status_code == 200
    return {job.public_id for job in answer.context["cl"].result_list}


def test_finds_by_identifier_its_beginning_address_or_request(site: Client, owner: User) -> None:
    wanted, other = row(owner, request_id="req_1"), row(customer())
    for term in (wanted.public_id, wanted.public_id.upper(), "OWNER@example.com", "req_1"):
        assert listed(site, q=f" {term} ") == {wanted.public_id}
    assert listed(site, q="job_0") == {wanted.public_id, other.public_id}
    for term in ("job_zzz", "owner", "nobody@example.com", "req_2", "'; --"):
        assert listed(site, q=term) == set()


def test_an_error_code_or_a_state_narrows_down(site: Client, owner: User) -> None:
    failed = row(owner, status="failed", error_code="INTERNAL_ERROR")
    row(owner)
    assert listed(site, error_code="INTERNAL_ERROR") == {failed.public_id}
    assert listed(site, status="failed") == {failed.public_id}
    assert listed(site, status="failed", tier="industry") == set()


@pytest.mark.parametrize(
    ("chosen", "days"),
    [("2025", {1, 2, 3}), ("2025-12", {2, 3}), ("2025-12-31", {3}), ("2024", set())],
)
def test_dates_go_from_years_to_days(
    site: Client, owner: User, chosen: str, days: set[int]
) -> None:
    moments = {
        1: datetime(2025, 11, 30, 23, 59, 59, tzinfo=UTC),
        2: datetime(2025, 12, 1, tzinfo=UTC),
        3: datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
        4: datetime(2026, 1, 1, tzinfo=UTC),
    }
    made = {day: row(owner, created_at=at).public_id for day, at in moments.items()}
    assert listed(site, created_on=chosen) == {made[day] for day in days}


def test_date_filters_offer_existing_dates() -> None:
    first, last = datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)
    values = [value for value, _ in filters._choices("", first, last)]
    assert values == ["2026", "2025"]
    values = [value for value, _ in filters._choices("2025", first, last)]
    assert values == ["2025", "2025-12", "2025-11"]
    values = [value for value, _ in filters._choices("2026-01", first, last)]
    assert values == ["2026", "2026-01", "2026-01-01"]


@pytest.mark.parametrize("value", ["2025-13", "0", "99999", "x", "2025-02-30", "2025-1-1-1"])
def test_without_dates_the_list_is_not_narrowed_down(site: Client, owner: User, value: str) -> None:
    job = row(owner)
    if filters._span(value) is None:
        assert listed(site, created_on=value) == {job.public_id}


def test_counts_only_so_far(site: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    for _ in range(5):
        row(owner)
    paginator = paging.CappedPaginator(Job.objects.order_by("-pk"), 2)
    assert (paginator.count, paginator.num_pages, paginator.more) == (3, 2, True)
    page = site.get(URL).content.decode()
    assert "More than 3 jobs" in page
    assert "4 results" not in page


def test_shows_the_count_and_a_link_to_all(site: Client, owner: User) -> None:
    row(owner, status="failed")
    row(owner)
    page = site.get(URL).content.decode()
    assert re.search(r"\s2\s+jobs", page)
    assert "Clear search" not in page
    assert "Clear search" in site.get(URL, {"status": "failed"}).content.decode()


def test_an_empty_list_explains_why(site: Client, owner: User) -> None:
    assert "There are no jobs yet" in site.get(URL).content.decode()
    row(owner)
    assert "No jobs match this" in site.get(URL, {"status": "failed"}).content.decode()


def test_facets_are_not_counted(
    site: Client, owner: User, django_assert_max_num_queries: Any
) -> None:
    row(owner)
    with django_assert_max_num_queries(10):
        site.get(URL, {"_facets": "True"})


def test_a_rows_own_name_has_no_capital(site: Client, owner: User) -> None:
    page = site.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    assert "owner@example.com" in page
    assert "Owner@example.com" not in page
    assert "Users" in page


def test_moments_are_short_and_say_that_they_are_utc(site: Client, owner: User) -> None:
    row(owner, created_at=datetime(2025, 12, 1, 17, 5, tzinfo=UTC))
    assert "2025-12-01 17:05Z" in site.get(URL).content.decode()


def test_an_action_on_too_many_rows_is_refused(
    site: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    waiting = [row(owner, status="queued") for _ in range(2)]
    body = {"action": "cancel", "select_across": "1", "_selected_action": [waiting[0].pk]}
    assert "at most 1 at once" in site.post(URL, body, follow=True).content.decode()
    assert Job.objects.filter(status="queued").count() == 2


def test_the_search_box_names_its_fields() -> None:
    finder = Finder(ids={"job_": "public_id"}, owner="user", plain=["object_id"])
    assert finder.hint() == "job_…, e-mail address, object id"
