"""Every kind of mail that the product sends: who may get it, and what a caller can put into it."""

import pytest
from celery import current_app

from common.mail import messages
from common.mail.kinds import Kind

TO_UNVERIFIED = {"accounts.verification", "accounts.password_reset", "billing.receipt"}
EXAMPLES = {
    "accounts.account_erased": "account-erased",
    "accounts.export_ready": "export-ready",
    "accounts.password_changed": "password-changed",
    "accounts.password_reset": "password-reset",
    "accounts.second_factor_changed": "second-factor-set-up",
    "accounts.verification": "verification",
    "batches.ended": "batch-completed",
    "billing.cancellation": "billing/mail/cancellation",
    "billing.credits_low": "billing/mail/credits_low",
    "billing.payment_failed": "billing/mail/payment_failed",
    "billing.quota_nearly_used": "billing/mail/quota_nearly_used",
    "billing.receipt": "billing/mail/receipt",
    "compat.process_ended": "process-completed",
    "billing.subscription_ended": "billing/mail/subscription_ended",
    "integrations.webhook_disabled": "webhook-disabled",
}


@pytest.fixture(scope="module")
def kinds() -> dict[str, Kind]:
    """The mail kinds that a worker knows once it has loaded its tasks."""
    current_app.loader.import_default_modules()
    return Kind.declared


def test_a_worker_knows_every_kind_and_each_has_an_example(kinds: dict[str, Kind]) -> None:
    assert set(kinds) == set(EXAMPLES)
    assert set(EXAMPLES.values()) <= set(messages.previews())


def test_an_unverified_address_gets_only_what_was_asked_or_paid_for(
    kinds: dict[str, Kind],
) -> None:
    """A new kind is for verified addresses, or has to be named here: it may hold nothing that a
    caller chose.
    """
    assert {name for name, kind in kinds.items() if kind.unverified} == TO_UNVERIFIED


def test_a_name_cannot_mean_two_kinds(kinds: dict[str, Kind]) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Kind(name="batches.ended", compose=lambda *_: None)
    assert kinds["batches.ended"].lasts is not None
