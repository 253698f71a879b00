"""GET /status, which everybody may ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from adminstats import rollups, service_status
from common import maintenance
from tests.accounts.factories import UserFactory
from tests.removal.factories import customer, row

URL = "/v1/status"

pytestmark = pytest.mark.django_db


def asked(**headers: str) -> Any:
    cache.clear()
    answer = Client(headers=headers).get(URL)
    assert answer.status_code == 200
    return answer.json()["data"]


def test_a_service_that_has_done_nothing_yet_is_up() -> None:
    found = asked()
    assert (found["state"], found["successRate"]) == ("up", None)
    assert found["queue"] == {"singleSeconds": 0.0, "batchSeconds": 0.0}
    assert [hour["successRate"] for hour in found["hours"]] == [None] * 24


def test_pictures_without_a_subject_are_no_failures_of_the_service() -> None:
    user = customer()
    for _ in range(3):
        row(user)
    row(user, status="failed", error_code="PROCESSING_FAILED")
    row(user, status="failed", error_code="NO_SUBJECT_FOUND")
    found = asked()
    assert found["successRate"] == 75.0
    assert found["hours"][-1]["successRate"] == 75.0


def test_hours_that_were_rolled_up_count_as_the_others_do() -> None:
    user, now = customer(), timezone.now()
    row(user, created_at=now - timedelta(hours=5))
    row(user, status="failed", error_code="INTERNAL_ERROR", created_at=now - timedelta(hours=5))
    row(user, status="failed", error_code="NO_SUBJECT_FOUND", created_at=now - timedelta(hours=5))
    row(user, created_at=now - timedelta(days=2))
    before = asked()
    rollups.roll_up(now=now)
    assert asked()["hours"] == before["hours"]
    assert before["successRate"] == 50.0


def test_it_says_how_long_the_oldest_single_has_waited(settings: Any) -> None:
    settings.SINGLE_TIMEOUT_S = 50
    row(customer(), status="queued", created_at=timezone.now() - timedelta(seconds=70))
    found = asked()
    assert 70 <= found["queue"]["singleSeconds"] < 100
    assert found["state"] == "busy"


def test_it_says_how_slow_each_tier_was() -> None:
    row(customer(), tier="standard", processing_time_ms=1240)
    assert asked()["slowMs"] == {"standard": 1240}


def test_maintenance_and_what_the_operators_say_about_it() -> None:
    boss = UserFactory(is_staff=True)
    maintenance.begin(message="Back at noon", by=boss, now=timezone.now())
    found = asked()
    assert (found["state"], found["message"]) == ("maintenance", "Back at noon")


def test_many_visitors_cost_as_much_as_one(django_assert_num_queries: Any) -> None:
    cache.clear()
    service_status.status(now=timezone.now())
    with django_assert_num_queries(0):
        answer = Client().get(URL)
    assert answer.headers["Cache-Control"] == "public, max-age=10"


def test_a_credential_that_has_ended_does_not_matter() -> None:
    assert asked(authorization="Bearer ended")["state"] == "up"
