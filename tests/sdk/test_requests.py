"""Requests of the Python client: repeated, redirected and broken off."""

import asyncio
import inspect
import io
import json
from pathlib import Path

import pytest
from lumiku import AsyncBackgroundRemoverClient, AsyncBatch, BackgroundRemoverClient, Batch, errors
from lumiku.calls import Call, Listing
from lumiku.errors import ConfigurationError, NotConnected, UnexpectedAnswer
from lumiku.protocol import Retry, RetryPolicy

from tests.sdk.conftest import QUICK
from tests.sdk.scripted import Answer, Scripted

CREDITS = {
    "available": 42,
    "held": 0,
    "owed": 0,
    "currency": "IDR",
    "pricePerCredit": 100,
    "creditsPerImage": {"basic": 3, "standard": 8, "professional": 15, "industry": 25},
}
REMOVED = {
    "jobId": "job_1",
    "originalUrl": None,
    "processedUrl": "/processed/1.png?signature=x",
    "creditsUsed": 3,
    "pricingType": "credits",
    "processingTimeMs": 10,
    "tier": "basic",
    "metadata": {
        "originalSize": 4,
        "processedSize": 4,
        "width": 1,
        "height": 1,
        "format": "png",
    },
}


def fine(data: object) -> Answer:
    return Answer(body=json.dumps({"success": True, "data": data}).encode())


def refusal(status: int, code: str, **headers: str) -> Answer:
    error = {"code": code, "message": "no", "timestamp": "", "requestId": "req_1"}
    body = json.dumps({"success": False, "error": error}).encode()
    return Answer(status, body, {"Content-Type": "application/json", **headers})


class TestRetries:
    def test_a_passing_failure_is_sent_again_under_the_same_key(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [refusal(503, "SERVICE_UNAVAILABLE"), fine(REMOVED)]
        removed = client.remove_single(b"jpeg", tier="basic", crop=True)
        first, second = server.asked
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert b'name="crop"\r\n\r\ntrue\r\n' in second.body
        assert removed.processed_url == f"{server.url}/processed/1.png?signature=x"

    def test_an_open_file_is_sent_from_where_it_stood_each_time(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [refusal(500, "INTERNAL_ERROR"), fine(REMOVED)]
        file = io.BytesIO(b"headjpeg")
        file.seek(4)
        client.remove_single(file, tier="basic")
        assert [b"\r\n\r\njpeg\r\n" in asked.body for asked in server.asked] == [True, True]
        assert not any(b"head" in asked.body for asked in server.asked)

    def test_retry_after_is_waited_for(self, server: Scripted) -> None:
        waits: list[Retry] = []
        limited = refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "1"})
        server.answers = [limited, fine(CREDITS)]
        with BackgroundRemoverClient(
            "k", base_url=server.url, retry=QUICK, on_retry=waits.append
        ) as client:
            assert client.credits().available == 42
        [wait] = waits
        assert 1.0 <= wait.seconds <= 1.1

    def test_a_longer_one_is_told_and_not_waited_for(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "720"})]
        with pytest.raises(errors.RateLimited) as refused:
            client.credits()
        assert (refused.value.retry_after, len(server.asked)) == (720.0, 1)

    def test_what_will_not_pass_is_not_sent_again(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        for answer in (refusal(402, "INSUFFICIENT_CREDITS"), refusal(429, "QUOTA_EXCEEDED")):
            server.answers, before = [answer], len(server.asked)
            with pytest.raises((errors.InsufficientCredits, errors.QuotaExceeded)):
                client.credits()
            assert len(server.asked) == before + 1

    def test_a_broken_connection_is_tried_anew_and_then_told(self) -> None:
        with (
            BackgroundRemoverClient("k", base_url="http://127.0.0.1:1", retry=QUICK) as client,
            pytest.raises(NotConnected),
        ):
            client.credits()

    def test_pauses_double_and_differ(self) -> None:
        policy = RetryPolicy(retries=8, first_wait_s=1.0)
        for attempt in range(8):
            waits = {policy.wait_s(attempt, NotConnected()) for _ in range(20)}
            most = min(2.0**attempt, 60.0)
            assert len(waits) > 1
            assert all(wait and most / 2 <= wait <= most for wait in waits)
        assert policy.wait_s(8, NotConnected()) is None


class TestErrors:
    def test_a_code_that_is_not_known_is_the_base_class(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [refusal(418, "TEAPOT")]
        with pytest.raises(errors.ApiError) as refused:
            client.credits()
        assert type(refused.value) is errors.ApiError
        assert (refused.value.code, refused.value.request_id) == ("TEAPOT", "req_1")

    def test_what_is_not_of_the_api_is_told_as_such(
        self, server: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [Answer(200, b"<html>", {"Content-Type": "text/html"})]
        with pytest.raises(UnexpectedAnswer):
            client.credits()
        server.answers = [Answer(404, b"<html>", {"Content-Type": "text/html"})]
        with pytest.raises(errors.ApiError) as refused:
            client.credits()
        assert refused.value.status == 404


class TestRedirects:
    def test_none_is_followed_with_a_request(
        self, server: Scripted, elsewhere: Scripted, client: BackgroundRemoverClient
    ) -> None:
        server.answers = [Answer(307, b"", {"Location": elsewhere.url})]
        elsewhere.answers = [fine(CREDITS)]
        with pytest.raises(UnexpectedAnswer, match="base address"):
            client.credits()
        assert elsewhere.asked == []

    def test_a_download_follows_without_the_key(
        self,
        server: Scripted,
        elsewhere: Scripted,
        client: BackgroundRemoverClient,
        tmp_path: Path,
    ) -> None:
        server.answers = [Answer(302, b"", {"Location": f"{elsewhere.url}/zip?signed"})]
        elsewhere.answers = [Answer(200, b"zip", {})]
        assert client.batch("batch_1").download_zip(tmp_path / "x.zip").read_bytes() == b"zip"
        assert server.asked[0].headers["authorization"] == "Bearer lk_secret"
        assert "lk_secret" not in str(elsewhere.asked)

    def test_an_upload_elsewhere_carries_no_key(
        self, server: Scripted, elsewhere: Scripted, client: BackgroundRemoverClient
    ) -> None:
        slot = {
            "filename": "image",
            "method": "PUT",
            "url": f"{elsewhere.url}/bucket",
            "headers": {"Content-Type": "image/jpeg"},
            "expiresAt": "2026-01-01T00:00:00Z",
        }
        started = {
            "batchId": "batch_1",
            "totalImages": 2,
            "tier": "basic",
            "pricing": {
                "baseCreditsPerImage": 3,
                "baseTotal": 6,
                "discountPercentage": 0,
                "discountAmount": 0,
                "finalTotal": 6,
                "creditsPerImageAfterDiscount": 3.0,
            },
            "estimatedCompletionMinutes": 1,
            "status": "pending",
            "createdAt": "2026-01-01T00:00:00Z",
        }
        slots = [{**slot, "uploadId": f"upl_{number}"} for number in (1, 2)]
        server.answers = [fine({"uploads": slots}), fine(started)]
        elsewhere.answers = [Answer(200, b"", {})]
        batch = client.start_batch([b"one", b"two"], tier="basic", uploads=True)
        assert batch.id == "batch_1"
        assert sorted(asked.body for asked in elsewhere.asked) == [b"one", b"two"]
        assert "lk_secret" not in str(elsewhere.asked)
        assert json.loads(server.asked[1].body)["uploadIds"] == ["upl_1", "upl_2"]


class TestDownloads:
    def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(
        self, server: Scripted, client: BackgroundRemoverClient, tmp_path: Path
    ) -> None:
        tag = {"ETag": '"1"'}
        server.answers = [Answer(200, b"0123456789", tag, cut=4), Answer(206, b"456789", tag)]
        found = client.batch("batch_1").download_zip(tmp_path / "x.zip")
        assert found.read_bytes() == b"0123456789"
        assert server.asked[1].headers["range"] == "bytes=4-"
        assert server.asked[1].headers["if-range"] == '"1"'
        assert list(tmp_path.iterdir()) == [found]

    def test_one_that_changed_meanwhile_begins_anew(
        self, server: Scripted, client: BackgroundRemoverClient, tmp_path: Path
    ) -> None:
        server.answers = [
            Answer(200, b"0123456789", {"ETag": '"1"'}, cut=4),
            Answer(200, b"abcdef", {"ETag": '"2"'}),
        ]
        assert client.download("/x", tmp_path / "x").read_bytes() == b"abcdef"

    def test_nothing_appears_under_the_name_of_a_download_that_failed(
        self, server: Scripted, client: BackgroundRemoverClient, tmp_path: Path
    ) -> None:
        server.answers = [refusal(410, "GONE")]
        with pytest.raises(errors.Gone):
            client.batch("batch_1").download_zip(tmp_path / "x.zip")
        assert not (tmp_path / "x.zip").exists()


class TestAddress:
    def test_the_api_is_below_the_address_unless_it_says_where(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = {
            given: BackgroundRemoverClient("k", base_url=given).base_url
            for given in ("https://a.example", "https://a.example/v1/", "http://b.example/api")
        }
        assert list(found.values()) == [
            "https://a.example/v1",
            "https://a.example/v1",
            "http://b.example/api",
        ]
        assert BackgroundRemoverClient("k").base_url == "http://localhost:8000/v1"
        monkeypatch.setenv("LUMIKU_BASE_URL", "https://c.example")
        assert BackgroundRemoverClient("k").base_url == "https://c.example/v1"

    @pytest.mark.parametrize("given", ["a.example", "ftp://a.example", "https://", "http://a/?x=1"])
    def test_others_are_refused(self, given: str) -> None:
        with pytest.raises(ConfigurationError):
            BackgroundRemoverClient("k", base_url=given)

    def test_a_key_with_a_line_break_is_refused(self) -> None:
        with pytest.raises(ConfigurationError):
            BackgroundRemoverClient("lk_1\r\nX: y")


class TestAsync:
    def test_both_clients_have_the_same_methods(self) -> None:
        for one, other in (
            (BackgroundRemoverClient, AsyncBackgroundRemoverClient),
            (Batch, AsyncBatch),
        ):
            assert _methods(one) == _methods(other)

    def test_its_requests_are_the_same(self, server: Scripted) -> None:
        async def remove() -> str | None:
            async with AsyncBackgroundRemoverClient(
                "k", base_url=server.url, retry=QUICK
            ) as client:
                return (await client.remove_single(b"jpeg", tier="basic")).processed_url

        server.answers = [refusal(503, "SERVICE_UNAVAILABLE"), fine(REMOVED)]
        assert asyncio.run(remove()) == f"{server.url}/processed/1.png?signature=x"
        assert all(b"\r\n\r\njpeg\r\n" in asked.body for asked in server.asked)


def _methods(kind: type) -> dict[str, list[str]]:
    return {
        # A method that both clients share knows the function that it is made of.
        name: list(inspect.signature(inspect.unwrap(method)).parameters)
        for name, method in inspect.getmembers(kind, _is_method)
        if not name.startswith("_")
    }


def _is_method(found: object) -> bool:
    return inspect.isfunction(found) or isinstance(found, (Call, Listing))
