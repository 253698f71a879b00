"""The connection of the service and the Stripe-speaking server in `bin/up`."""

from pathlib import Path

import pytest

from sandbox import payments
from sandbox.ports import port_of, reserve


def test_keys_outlive_a_restart_and_are_private(tmp_path: Path) -> None:
    first, second = (payments.saved_keys(tmp_path / "stripe.json") for _ in range(2))
    assert first == second
    assert (tmp_path / "stripe.json").stat().st_mode & 0o077 == 0


def test_no_secret_is_in_the_list_of_processes(tmp_path: Path) -> None:
    keys = payments.saved_keys(tmp_path / "stripe.json")
    with reserve() as listener:
        server = payments.stripe(listener, keys, database=tmp_path / "x", webhook_url="http://a/")
    shown = " ".join(server.child.argv)
    assert keys.secret not in shown
    assert keys.webhook not in shown


def test_the_service_gets_the_address(tmp_path: Path) -> None:
    keys = payments.saved_keys(tmp_path / "stripe.json")
    with reserve() as listener:
        environment = payments.stripe(listener, keys).environment
        assert environment["STRIPE_API_BASE"] == f"http://127.0.0.1:{port_of(listener)}"
    assert environment["STRIPE_SECRET_KEY"] == keys.secret
    assert environment["STRIPE_WEBHOOK_SECRET"] == keys.webhook


@pytest.mark.parametrize(("given", "wanted"), [("", True), (" ", True), ("sk_live_own", False)])
def test_a_configured_stripe_account_is_used_instead(given: str, wanted: bool) -> None:
    assert payments.is_wanted({"STRIPE_SECRET_KEY": given}) is wanted
    assert payments.is_wanted({"STRIPE_SECRET_KEY_FILE": given}) is wanted
