import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from common.http.media import signed_url
from common.http.request_id import request_id
from common.observability.logs import JsonFormatter, Redact, RequestId, TextFormatter, ValkeyAway
from common.observability.redaction import MASK, redact

# Spelled in halves: these are made up, and are not to look like real ones to a scanner.
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJ1c2VySWQiOiJ1c2VyXzEifQ.c2lnbmF0dXJl"
API_KEY = "lmk_live_" + "Zk3-secret_secret_secret"
STRIPE_KEY = "sk_live_" + "51Habcdefghijklmnop"
SIGNATURE = "AbCdEf-0123456789_AbCdEf-0123456789_AbCdEfG"

SECRETS = {
    f"Authorization: Bearer {JWT}": JWT,
    "{'Authorization': 'Basic dXNlcjpwYXNz'}": "dXNlcjpwYXNz",
    "authorization=Digest username=x, response=abc123": "abc123",
    f"X-API-Key: {API_KEY}": API_KEY,
    "{'X-API-Key': 'whatever-it-is'}": "whatever-it-is",
    "Cookie: sessionid=abc123; csrftoken=def456": "abc123",
    '{"password": "hunter two"}': "hunter two",
    "password=hunter2&email=x": "hunter2",
    "new_password: hunter2": "hunter2",
    '{"refreshToken": "lmr_0123456789abc"}': "lmr_0123456789abc",
    f"token was {JWT} before": JWT,
    f"key {API_KEY} was used": API_KEY,
    f"stripe said no to {STRIPE_KEY}": STRIPE_KEY,
    f"/processed/a/b/c.png?expires=1795329276&signature={SIGNATURE}": SIGNATURE,
    "https://s3/x?X-Amz-Credential=AKIA%2Fx&X-Amz-Signature=abcdef0123": "abcdef0123",
    "https://s3/x?X-Amz-Credential=AKIAIOSFODNN7&X-Amz-Date=1": "AKIAIOSFODNN7",
    "redis://:s3cr3t@127.0.0.1:6379/0": "s3cr3t",
    "postgresql://lumiku:s3cr3t@db/lumiku": "s3cr3t",
    "JWT_SIGNING_KEY_secret='abc def'": "abc def",
    "mail to jane.doe+x@example.co.uk failed": "jane.doe",
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.items())
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "POST /v1/background-remover/remove 200 41.0 ms",
        "job job_01jd3v9k2m8q4x7r5t6w0y1z2a completed with u2netp in 812 ms",
        "GET /processed/background-remover/user_1/job_1-removed.png 200",
        "https://example.com/path?page=2&limit=20",
        "Traceback (most recent call last):",
        "ratio 4:3, key frames: 12",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("unit", ["a", "a.", "a@", "token ", "://", "eyJaaaaa-", "a-", "@.", "[:"])
def test_no_text_makes_redaction_slow(unit: str) -> None:
    text = unit * (64_000 // len(unit))
    redact(text)


def line(formatter: logging.Formatter, message: str, *args: Any, **kwargs: Any) -> str:
    """The output of a handler with our filters for one event."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RequestId())
    handler.addFilter(Redact())
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    try:
        logger.error(message, *args, **kwargs)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


class TestJson:
    def test_a_line_is_one_object(self) -> None:
        with request_id("req_1"):
            found = json.loads(line(JsonFormatter(), "job %s done", "job_1", extra={"tries": 2}))
        assert found.pop("time")
        assert found == {
            "level": "ERROR",
            "logger": "tests.logs",
            "message": "job job_1 done",
            "request_id": "req_1",
            "tries": 2,
        }

    def test_extras_are_cleaned_by_name_and_by_content(self) -> None:
        extra = {
            "headers": {"Authorization": "x", "Accept": "y"},
            "api_key": "x",
            "urls": [f"/a?signature={SIGNATURE}", 3, None],
            "problem": ValueError(f"bad {JWT}"),
        }
        found = json.loads(line(JsonFormatter(), "event", extra=extra))
        assert found["headers"] == {"Authorization": MASK, "Accept": "y"}
        assert found["api_key"] == MASK
        assert found["urls"] == [f"/a?signature={MASK}", 3, None]
        assert found["problem"] == f"bad {MASK}"

    def test_tracebacks_are_cleaned(self) -> None:
        try:
            raise ValueError(f"no such key {API_KEY}")
        except ValueError:
            found = json.loads(line(JsonFormatter(), "failed", exc_info=True))
        assert "ValueError: no such key [redacted]" in found["exc_info"]
        assert API_KEY not in json.dumps(found)

    def test_arguments_are_cleaned(self) -> None:
        assert "hunter2" not in line(JsonFormatter(), "got %r", {"password": "hunter2"})

    def test_a_message_that_does_not_format_is_still_written(self) -> None:
        assert "100 %!" in line(JsonFormatter(), "100 %!", 1)


class TestText:
    def test_a_line_reads_well(self) -> None:
        with request_id("req_1"):
            found = line(TextFormatter(), "job %s done", "job_1")
        assert found[8:] == " ERROR   tests.logs job job_1 done [req_1]\n"

    def test_a_line_cannot_be_forged(self) -> None:
        found = line(TextFormatter(), "GET %s", "/a\n12:00:00 INFO forged\x1b[2J\u2028")
        assert found.count("\n") == 1
        assert "\x1b" not in found

    def test_tracebacks_are_cleaned_and_keep_their_lines(self) -> None:
        try:
            raise ValueError("password=hunter2")
        except ValueError:
            found = line(TextFormatter(), "failed", exc_info=sys.exc_info())
        assert found.count("\n") > 3
        assert found.rstrip().endswith(f"ValueError: password={MASK}")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that the service writes, formatted as it would be in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestId())
    handler.addFilter(Redact())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def last(written: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.getvalue().splitlines()[-1])
    return found


class TestRequestLine:
    def test_it_says_who_asked_for_what_and_how_it_went(self, written: io.StringIO) -> None:
        response = Client().post("/echo", {"name": "x"}, content_type="application/json")
        found = last(written)
        assert found["message"].startswith("POST /echo 200 ")
        assert found["duration_ms"] > 0
        assert {key: found[key] for key in ("method", "path", "route", "status", "user_id")} == {
            "method": "POST", "path": "/echo", "route": "echo", "status": 200, "user_id": None,
        }  # fmt: skip
        assert found["request_id"] == response.headers["X-Request-Id"]

    @pytest.mark.django_db
    def test_it_names_the_user_of_an_api_request(self, written: io.StringIO) -> None:
        from tests.accounts.factories import UserFactory, bearer

        user: Any = UserFactory()
        Client().post("/pay", {}, headers={"Authorization": bearer(user)})
        assert last(written)["user_id"] == user.public_id

    def test_no_signature_reaches_the_log(self, written: io.StringIO) -> None:
        url = signed_url("processed/background-remover/user_1/a.png", now=timezone.now())
        Client().get(url)
        signature = url.partition("signature=")[2]
        assert signature not in written.getvalue()
        assert "expires=" not in written.getvalue()

    def test_no_secret_of_a_failing_request_reaches_the_log(self, written: io.StringIO) -> None:
        client = Client(raise_request_exception=False)
        client.get(f"/plain-bug?signature={SIGNATURE}", headers={"X-API-Key": API_KEY})
        client.get(f"/failing/bug?token={JWT}")
        for secret in (SIGNATURE, API_KEY, JWT, "hunter2"):
            assert secret not in written.getvalue()
        assert "ZeroDivisionError" in written.getvalue()

    def test_health_checks_are_not_worth_a_line(self, written: io.StringIO) -> None:
        Client().get("/health")
        assert written.getvalue() == ""


class TestValkeyAway:
    """The record that channels-redis logs every second while it cannot reach the server."""

    def said(self, problem: Exception, times: int = 3) -> list[logging.LogRecord]:
        filtering = ValkeyAway()
        records = [
            logging.makeLogRecord({"msg": "Unexpected", "exc_info": (type(problem), problem, None)})
            for _ in range(times)
        ]
        return [record for record in records if filtering.filter(record)]

    @pytest.mark.parametrize("problem", [RedisConnectionError("refused"), ConnectionResetError()])
    def test_is_said_once_and_in_a_line(self, problem: Exception) -> None:
        (record,) = self.said(problem)
        assert record.getMessage() == f"Valkey is unavailable: {type(problem).__name__}"
        assert record.exc_info is None

    def test_an_unexpected_error_keeps_its_traceback(self) -> None:
        records = self.said(KeyError("channel"))
        assert [bool(record.exc_info) for record in records] == [True] * 3

    def test_guards_the_logger_that_says_it(self) -> None:
        filters = logging.getLogger("channels_redis.pubsub").filters
        assert any(isinstance(one, ValkeyAway) for one in filters)
