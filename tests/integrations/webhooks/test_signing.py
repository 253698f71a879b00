"""Signatures, verified by the scheme's own library."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.webhooks import signing

BODY = b'{"type":"batch.completed"}'


def signed(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    return signing.headers(event_id="evt_1", timestamp=now, body=body, secrets=secrets)


def test_the_library_accepts_our_signature() -> None:
    secret = signing.new_secret()
    assert Webhook(secret).verify(BODY, signed(secret)) == {"type": "batch.completed"}


def test_while_a_secret_is_replaced_both_verify() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = signed(new, old)
    assert Webhook(old).verify(BODY, headers)
    assert Webhook(new).verify(BODY, headers)


def test_another_secret_body_or_identifier_does_not_verify() -> None:
    secret = signing.new_secret()
    headers = signed(secret)
    for judge, body, sent in (
        (Webhook(signing.new_secret()), BODY, headers),
        (Webhook(secret), b"{}", headers),
        (Webhook(secret), BODY, {**headers, "webhook-id": "evt_2"}),
    ):
        with pytest.raises(WebhookVerificationError):
            judge.verify(body, sent)


def test_the_vector_of_the_specification() -> None:
    headers = signing.headers(
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_long_and_differ() -> None:
    first, second = signing.new_secret(), signing.new_secret()
    assert first != second
    assert len(first) == len("whsec_") + 44
