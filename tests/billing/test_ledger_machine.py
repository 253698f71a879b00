"""The ledger in Postgres against a model of it, over random walks.

Keys and images come from small pools, so replays and conflicts are frequent. Walks are short in the
default run; this takes ten thousand steps: `LEDGER_STEPS=10000 ./bin/test --timeout=600
tests/billing/test_ledger_machine.py`
"""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

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
from billing.errors import AlreadyCaptured, AlreadySettled, InsufficientCredits, KeyReused
from billing.ledger import Balance
from tests.accounts.factories import UserFactory

STEPS = int(os.environ.get("LEDGER_STEPS", "400"))
STEPS_A_WALK = 50

USERS = st.integers(0, 1)
KEYS = st.integers(0, 7).map("key:{}".format)
REASONS = st.sampled_from(["Pack", "Gift"])
CHANGES = st.integers(-30, 30).filter(bool)
CAPTURES = st.dictionaries(st.integers(0, 40).map("img_{}".format), st.integers(1, 8), max_size=3)


@dataclass
class ModelHold:
    body: tuple[int, int, str]
    pk: int
    captures: dict[str, int] | None = None


@dataclass
class Model:
    """The expected ledger, in plain Python and one thread."""

    available: list[int] = field(default_factory=lambda: [0, 0])
    held: list[int] = field(default_factory=lambda: [0, 0])
    changes: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)
    holds: dict[str, ModelHold] = field(default_factory=dict)
    captured: set[str] = field(default_factory=set)


class LedgerMachine(RuleBasedStateMachine):
    steps = 0

    @initialize()
    def begin(self) -> None:
        self.point = transaction.savepoint()
        self.users = [UserFactory().pk for _ in range(2)]
        self.model = Model()
        for user in (0, 1):
            self.grant(user, 100, f"start:{user}", "Pack")

    def teardown(self) -> None:
        try:
            assert audit(now=timezone.now()).breaches == ()
        finally:
            transaction.savepoint_rollback(self.point)

    @invariant()
    def balances_agree(self) -> None:
        type(self).steps += 1
        for user, pk in enumerate(self.users):
            expected = Balance(self.model.available[user], self.model.held[user])
            assert ledger.balance(user_id=pk) == expected

    @rule(user=USERS, credits=st.integers(1, 60), key=KEYS, reason=REASONS)
    def grant(self, user: int, credits: int, key: str, reason: str) -> None:
        expected = self.expect_change("grant", key, (user, credits, reason))
        with raises(expected):
            ledger.grant(user_id=self.users[user], credits=credits, key=key, reason=reason)

    @rule(user=USERS, credits=CHANGES, key=KEYS, reason=REASONS)
    def adjust(self, user: int, credits: int, key: str, reason: str) -> None:
        expected = self.expect_change("adjust", key, (user, credits, reason))
        with raises(expected):
            ledger.adjust(
                user_id=self.users[user], credits=credits, key=key, reason=reason, actor_id=None
            )

    @rule(user=USERS, credits=st.integers(1, 12), key=KEYS, reference=st.sampled_from("ab"))
    def place_hold(self, user: int, credits: int, key: str, reference: str) -> None:
        known = self.model.holds.get(key)
        body = (user, credits, reference)
        with raises(self.expect_hold(known, body)):
            hold = ledger.place_hold(
                user_id=self.users[user], credits=credits, key=key, reference=reference
            )
            if known is None:
                self.model.holds[key] = ModelHold(body, hold.pk)
                self.model.available[user] -= credits
                self.model.held[user] += credits
            assert hold.pk == self.model.holds[key].pk

    @rule(key=KEYS, captures=CAPTURES)
    def settle(self, key: str, captures: dict[str, int]) -> None:
        hold = self.model.holds.get(key)
        if hold is None:
            return
        with raises(self.expect_settlement(hold, captures)):
            ledger.settle_hold(hold_id=hold.pk, captures=captures)
            self.close(hold, captures)

    @rule(key=KEYS)
    def settle_again(self, key: str) -> None:
        hold = self.model.holds.get(key)
        if hold is not None and hold.captures is not None:
            ledger.settle_hold(hold_id=hold.pk, captures=hold.captures)

    @rule(key=KEYS)
    def release(self, key: str) -> None:
        hold = self.model.holds.get(key)
        if hold is None:
            return
        with raises(self.expect_settlement(hold, {})):
            ledger.release_hold(hold_id=hold.pk)
            self.close(hold, {})

    def expect_change(
        self, kind: str, key: str, body: tuple[int, int, str]
    ) -> type[Exception] | None:
        known = self.model.changes.get((kind, key))
        if known is not None:
            return None if known == body else KeyReused
        user, credits, _ = body
        if self.model.available[user] + credits < 0:
            return InsufficientCredits
        self.model.changes[kind, key] = body
        self.model.available[user] += credits
        return None

    def expect_hold(
        self, known: ModelHold | None, body: tuple[int, int, str]
    ) -> type[Exception] | None:
        if known is not None:
            return None if known.body == body else KeyReused
        user, credits, _ = body
        return InsufficientCredits if self.model.available[user] < credits else None

    def expect_settlement(
        self, hold: ModelHold, captures: dict[str, int]
    ) -> type[Exception] | None:
        if hold.captures is not None:
            return None if hold.captures == captures else AlreadySettled
        if sum(captures.values()) > hold.body[1]:
            return ValueError
        return AlreadyCaptured if self.model.captured & set(captures) else None

    def close(self, hold: ModelHold, captures: dict[str, int]) -> None:
        if hold.captures is not None:
            return
        user, amount, _ = hold.body
        hold.captures = captures
        self.model.captured |= set(captures)
        self.model.held[user] -= amount
        self.model.available[user] += amount - sum(captures.values())


def raises(expected: type[Exception] | None) -> AbstractContextManager[object]:
    return pytest.raises(expected) if expected else nullcontext()


@pytest.mark.timeout(0)
@pytest.mark.django_db
def test_random_walks_agree_with_the_model() -> None:
    LedgerMachine.steps = 0
    walks = settings(
        max_examples=max(STEPS // STEPS_A_WALK, 1),
        stateful_step_count=STEPS_A_WALK,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    while LedgerMachine.steps < STEPS:
        run_state_machine_as_test(LedgerMachine, settings=walks)
    assert LedgerMachine.steps >= STEPS
