"""An account is closed and erased while its owner goes on working."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts import services
from accounts.guard import Origin
from accounts.models import ApiKey, Erasure, LoginSession
from accounts.services import erasure
from billing import audit, ledger
from billing.models import Account, Hold
from common.http.auth import Scope
from common.http.errors import ApiError
from common.models import OperatorAction
from removal.models import Job
from tests.accounts.factories import PASSWORD, UserFactory
from tests.concurrency.test_ledger import at_once
from tests.integrations.test_account_erasure import files, single
from tests.removal.conftest import media

__all__ = ["media"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_closed_by_many_at_once_while_the_owner_comes_in() -> None:
    user = UserFactory()
    now = timezone.now()
    acts: list[Callable[[], object]] = [
        lambda: services.erase_account(user=user, by=user, reason="", now=now),
        lambda: services.log_in(
            email=user.email, password=PASSWORD, origin=Origin("192.0.2.1"), now=now
        ),
        lambda: services.issue_api_key(user=user, name="a", scopes=[Scope.ACCOUNT_WRITE], now=now),
    ]
    outcomes = at_once(12, lambda number: acts[number % 3]())
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(problem, ApiError) for problem in raised), raised
    assert (Erasure.objects.count(), OperatorAction.objects.count()) == (1, 1)
    erasure.run()
    assert not ApiKey.objects.exists()
    assert not LoginSession.objects.exists()


def test_work_that_comes_in_meanwhile_is_undone_with_its_money(media: Path) -> None:
    user = UserFactory()
    ledger.grant(user_id=user.pk, credits=300, key="gift", reason="Gift")
    now = timezone.now()
    services.erase_account(user=user, by=user, reason="", now=now)
    outcomes = at_once(
        12, lambda number: single(user, f"{number}.jpg") if number % 3 else rounds_at(now)
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Job.objects.count() == 8
    rounds_at(now + timedelta(hours=2))
    assert set(Job.objects.values_list("status", "filename")) == {("cancelled", "")}
    assert not Hold.objects.filter(status="open").exists()
    assert Account.objects.values_list("available", "held").get() == (300, 0)
    assert audit.audit(now=now).ok
    assert files(media) == []


def rounds_at(moment: datetime) -> int:
    return erasure.run(clock=lambda: moment)
