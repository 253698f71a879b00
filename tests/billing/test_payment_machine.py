"""One payment over random lives: paid, refunded, disputed, reported late, spent and topped up.

After any sequence the user's available, owed and spent credits add up to what was paid, and the
audit finds no breach.
"""

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from billing import ledger
from billing.audit import audit
from billing.debts import services as debts
from billing.models import CreditOrder, Customer, Entry
from billing.packs import payments
from billing.stripe.types import RemotePayment
from tests.accounts.factories import UserFactory
from tests.billing.factories import fresh_key

CREDITS = 700
RUPIAH = 10_000


class PaymentMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        self.now = timezone.now()
        self.user = UserFactory()
        Customer.objects.create(user=self.user, stripe_id="cus_1", created_at=self.now)
        self.order = CreditOrder.objects.create(
            user=self.user,
            pack_name="Pack",
            credits=CREDITS,
            amount_idr=RUPIAH,
            created_at=self.now,
        )
        self.paid, self.lost, self.asked = False, 0, 0
        self.seen: list[tuple[int, RemotePayment]] = []
        self.stored_paid, self.stored_lost = False, 0
        self.spent = self.gifts = 0

    def teardown(self) -> None:
        try:
            assert audit(now=self.now).breaches == ()
            grants = Entry.objects.filter(kind="grant", key="payment:pi_1").count()
            assert grants == int(self.stored_paid)
        finally:
            transaction.savepoint_rollback(self.point)

    @rule()
    def pay(self) -> None:
        self.paid = True

    @rule(lost=st.integers(0, RUPIAH + 500))
    def money_goes_back_and_forth(self, lost: int) -> None:
        if self.paid:
            self.lost = lost

    @rule()
    def ask_stripe(self) -> None:
        """Fetch the payment, and store the answer later: answers are stored in any order."""
        self.asked += 1
        remote = RemotePayment(
            id="pi_1",
            status="succeeded" if self.paid else "requires_payment_method",
            customer="cus_1",
            order=self.order.public_id,
            currency="idr",
            received=RUPIAH * 100 if self.paid else 0,
            lost=self.lost * 100,
            client_secret=None,
            error_code=None,
            decline_code=None,
            error_message=None,
        )
        self.seen.append((self.asked, remote))

    @rule(which=st.integers(0, 50))
    def store_an_answer(self, which: int) -> None:
        if not self.seen:
            return
        sequence, remote = self.seen[which % len(self.seen)]
        if sequence > CreditOrder.objects.get(pk=self.order.pk).sequence:
            self.stored_paid |= remote.status == "succeeded"
            self.stored_lost = remote.lost // 100
        payments.apply(remote, sequence=sequence, now=self.now)

    @rule(share=st.integers(1, 100))
    def spend(self, share: int) -> None:
        count = ledger.balance(user_id=self.user.pk).available * share // 100
        if count:
            self.spent += count
            ledger.adjust(
                user_id=self.user.pk, credits=-count, key=fresh_key(), reason="Use", actor_id=None
            )

    @rule(credits=st.integers(1, 300))
    def top_up(self, credits: int) -> None:
        ledger.grant(user_id=self.user.pk, credits=credits, key=fresh_key(), reason="Gift")
        self.gifts += credits
        debts.collect(user_id=self.user.pk, now=self.now)

    @invariant()
    def everything_adds_up(self) -> None:
        available = ledger.balance(user_id=self.user.pk).available
        owed = debts.owed(user_id=self.user.pk)
        reversed_ = CREDITS * min(self.stored_lost, RUPIAH) // RUPIAH if self.stored_paid else 0
        bought = CREDITS if self.stored_paid else 0
        assert available - owed == bought - reversed_ + self.gifts - self.spent
        assert available == 0 or owed == 0


@pytest.mark.django_db
def test_a_payments_life_adds_up() -> None:
    run_state_machine_as_test(
        PaymentMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
