"""The Python client's verification of webhooks, against the scheme's own library."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from lumiku import webhooks
from lumiku.errors import ConfigurationError
from lumiku.webhooks import WebhookVerificationError
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = json.dumps(
    {"type": "batch.completed", "timestamp": "2025-01-15T10:12:00Z", "data": {"batchId": "b"}}
)
NOW = 1_736_935_920


def headers(secret: str = SECRET, body: str = BODY) -> dict[str, str]:
    signature = Webhook(secret).sign("evt_1", datetime.fromtimestamp(NOW, UTC), body)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(NOW),
        "Webhook-Signature": signature,
    }


def test_a_delivery_with_the_right_signature_is_an_event() -> None:
    event = webhooks.verify(BODY.encode(), headers(), SECRET, now=NOW)
    assert (event.id, event.type, event.data) == ("evt_1", "batch.completed", {"batchId": "b"})
    assert event.timestamp == datetime(2025, 1, 15, 10, 12, tzinfo=UTC)


def test_while_a_secret_is_replaced_one_of_both_is_enough() -> None:
    both = headers(OTHER)["Webhook-Signature"] + " " + headers()["Webhook-Signature"]
    given = {**headers(), "Webhook-Signature": both}
    assert webhooks.verify(BODY, given, SECRET, now=NOW).id == "evt_1"
    assert webhooks.verify(BODY, headers(), [OTHER, SECRET], now=NOW).id == "evt_1"


@pytest.mark.parametrize(
    ("body", "given", "now"),
    [
        (BODY + " ", headers(), NOW),
        (BODY, headers(OTHER), NOW),
        (BODY, headers(), NOW + 301),
        (BODY, headers(), NOW - 301),
        (BODY, {**headers(), "Webhook-Timestamp": "soon"}, NOW),
        (BODY, {**headers(), "Webhook-Id": "evt_2"}, NOW),
        (BODY, {**headers(), "Webhook-Signature": "v1,é"}, NOW),
        (BODY, {}, NOW),
    ],
)
def test_everything_else_is_refused(body: str, given: dict[str, str], now: float) -> None:
    with pytest.raises(WebhookVerificationError):
        webhooks.verify(body, given, SECRET, now=now)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_abc", "whsec_ä"])
def test_a_secret_that_is_none_verifies_nothing(secret: str) -> None:
    """With an empty key anybody can sign."""
    forged = base64.b64encode(
        hmac.digest(b"", f"evt_1.{NOW}.{BODY}".encode(), hashlib.sha256)
    ).decode()
    with pytest.raises(ConfigurationError):
        webhooks.verify(BODY, {**headers(), "webhook-signature": f"v1,{forged}"}, secret, now=NOW)


def test_a_receivers_tests_can_sign() -> None:
    signature = webhooks.sign(BODY.encode(), event_id="evt_1", timestamp=NOW, secret=SECRET)
    assert signature == headers()["Webhook-Signature"]
