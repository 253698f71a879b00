"""Changes at Stripe: stored first, made one at a time, and finished under the same key."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from billing.models import StripeCall
from billing.stripe import idempotent_calls
from billing.stripe.errors import (
    OutcomeUnknown,
    PaymentFailed,
    StripeBroken,
    StripeConflict,
    StripeUnavailable,
)
from billing.stripe.idempotent_calls import Intent

pytestmark = pytest.mark.django_db


def change(
    error: BaseException | None = None, *, body: str = "pro", now: datetime | None = None
) -> Intent:
    """One change that ends with `error`."""
    moment = now or timezone.now()
    with idempotent_calls.intent(
        subject="payer:1", action="plan", body={"plan": body}, now=moment
    ) as intent:
        assert StripeCall.objects.filter(key=intent.key, finished_at__isnull=True).exists()
        if error:
            raise error
    return intent


def key_left_by(error: BaseException) -> object:
    with pytest.raises(type(error)):
        change(error)
    return StripeCall.objects.get(finished_at__isnull=True).key


@pytest.mark.parametrize("error", [StripeUnavailable(), KeyError(), KeyboardInterrupt()])
def test_without_an_answer_the_same_key_is_sent_again(error: BaseException) -> None:
    key = key_left_by(error)
    again = change()
    assert (again.key, again.resumed, again.repeated) == (key, True, True)
    assert not change().resumed


def test_a_request_that_failed_at_stripe_gets_another_key() -> None:
    moment = timezone.now()
    with (
        pytest.raises(StripeBroken),
        idempotent_calls.intent(
            subject="payer:1", action="plan", body={"plan": "pro"}, now=moment
        ) as first,
    ):
        raise StripeBroken()
    again = change()
    assert again.key != first.key
    assert (again.resumed, again.repeated) == (True, True)


def test_another_intention_has_another_key() -> None:
    key = key_left_by(StripeUnavailable())
    other = change(body="starter")
    assert other.key != key
    assert (other.resumed, other.repeated) == (True, False)


def test_a_key_that_stripe_has_forgotten_is_not_used_again() -> None:
    key = key_left_by(StripeUnavailable())
    assert change(now=timezone.now() + timedelta(hours=24)).key != key


def test_a_refusal_closes_the_call() -> None:
    with pytest.raises(PaymentFailed):
        change(PaymentFailed())
    assert StripeCall.objects.get().outcome.startswith("PAYMENT_FAILED")
    assert not change().resumed


def test_only_one_call_per_subject_runs() -> None:
    now = timezone.now()
    with idempotent_calls.intent(subject="payer:1", action="plan", body={}, now=now):
        with pytest.raises(StripeConflict):
            change()
        with idempotent_calls.intent(subject="payer:2", action="plan", body={}, now=now):
            pass


def test_a_call_of_a_dead_process_is_taken_over() -> None:
    now = timezone.now()
    with idempotent_calls.intent(
        subject="payer:1", action="plan", body={"plan": "pro"}, now=now
    ) as died:
        assert change(now=now + idempotent_calls.LOCK).key == died.key


def test_every_request_renews_the_lock() -> None:
    long_ago = timezone.now() - idempotent_calls.LOCK
    with idempotent_calls.intent(subject="payer:1", action="plan", body={}, now=long_ago) as slow:
        slow.key_for("first")
        with pytest.raises(StripeConflict):
            change(body="starter")


def test_a_call_that_lost_its_lock_sends_nothing_more() -> None:
    long_ago = timezone.now() - idempotent_calls.LOCK
    with idempotent_calls.intent(subject="payer:1", action="plan", body={}, now=long_ago) as slow:
        change(body="starter")
        with pytest.raises(OutcomeUnknown):
            slow.key_for("second")
    assert StripeCall.objects.get().outcome == "done"
