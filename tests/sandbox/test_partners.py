"""The reference partner application as `bin/up` runs it."""

from pathlib import Path

import pytest
import urllib3

from sandbox import partners
from sandbox.partner import verified
from sandbox.ports import reserve
from sandbox.process import Process
from sandbox.watchdog import Watchdog


def test_secrets_outlive_a_restart_and_are_private(tmp_path: Path) -> None:
    first, second = (partners.saved_secrets(tmp_path / "partner.json") for _ in range(2))
    assert first == second
    assert (tmp_path / "partner.json").stat().st_mode & 0o077 == 0


def test_no_secret_is_in_the_list_of_processes() -> None:
    with reserve() as listener:
        app = partners.partner(listener, token="hidden", webhook_secret="whsec_hidden")
    assert "hidden" not in " ".join(app.child.argv)


def test_it_answers_who_has_the_token(tmp_path: Path) -> None:
    watchdog = Watchdog()
    with reserve() as listener, (tmp_path / "log").open("wb") as log:
        app = partners.partner(listener, token="right", webhook_secret="whsec_YQ==")
        process = Process(app.child, watchdog=watchdog, output=log)
    try:
        statuses = [
            urllib3.request(
                "GET", f"{app.url}/projects/p/avatars", headers={"Authorization": f"Bearer {token}"}
            ).status
            for token in ("right", "wrong")
        ]
        assert statuses == [200, 401]
    finally:
        process.stop()
        watchdog.close()


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_signature_covers_every_part(changed: str) -> None:
    # The example of the Standard Webhooks specification's reference libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    assert verified(headers, body, secret=secret)
    assert not verified({**headers, changed: "v1,AAAA"}, body, secret=secret)
    assert not verified(headers, body + b" ", secret=secret)
