"""Two clicks on the same button."""

from uuid import uuid4

import pytest
from django.utils import timezone

from billing import adjustments, ledger
from billing.adjustments import Adjusted
from common.models import OperatorAction
from tests.accounts.factories import UserFactory
from tests.concurrency.test_ledger import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_form_sent_ten_times_at_once_gives_and_is_written_down_once() -> None:
    boss, user, key = UserFactory(is_staff=True), UserFactory(), str(uuid4())

    def give(_: int) -> Adjusted:
        return adjustments.adjust(
            operator=boss, user=user, credits=5, reason="Goodwill", key=key, now=timezone.now()
        )

    outcomes = at_once(10, give)
    assert {type(outcome) for outcome in outcomes} == {Adjusted}
    assert ledger.balance(user_id=user.pk).available == 5
    assert OperatorAction.objects.count() == 1
