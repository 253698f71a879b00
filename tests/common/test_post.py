"""`common.outbound.fetch.post` and the addresses that users may have called back."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from common.http.errors import ErrorCode
from common.outbound import callbacks
from common.outbound.fetch import (
    Answer,
    FetchFailed,
    FetchPolicy,
    FetchRefused,
    FetchTooLarge,
    exchange,
    post,
)
from tests.common.http import ScriptedHandler, serving


class Receiver(ScriptedHandler):
    """Answers as the path says."""

    seen: list[dict[str, Any]] = []

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({"path": self.path, "body": body, **dict(self.headers)})
        self.answer(otherwise=self.answer_ok)

    def answer_ok(self) -> None:
        self.send(202, b"thanks", X_Extra="1")

    def answer_broken(self) -> None:
        self.send(500, b"no")

    def answer_large(self) -> None:
        self.send(200, b"y" * 5000, Content_Type="image/png")

    def answer_elsewhere(self) -> None:
        self.send(307, Location="/ok")

    def answer_endless(self) -> None:
        self.send(200)
        while not self.released.is_set():
            try:
                self.wfile.write(b"x" * 1000)
            except OSError:
                return

    def answer_silent(self) -> None:
        self.released.wait(20)


@pytest.fixture
def port() -> Iterator[int]:
    Receiver.seen.clear()
    Receiver.released.clear()
    with serving(Receiver) as port:
        yield port
        Receiver.released.set()


def send(port: int, path: str, **kwargs: Any) -> Answer:
    defaults: dict[str, Any] = {"max_bytes": 100, "timeout_s": 20.0, "allow_private": True}
    policy = FetchPolicy(**{**defaults, "ports": frozenset({port}), **kwargs})
    url = f"http://127.0.0.1:{port}{path}"
    return post(url, body=b"{}", headers={"Content-Type": "application/json"}, policy=policy)


def test_body_and_headers_arrive_and_the_answer_comes_back(port: int) -> None:
    answer = send(port, "/ok")
    assert (answer.status, answer.excerpt, answer.headers["X-Extra"]) == (202, b"thanks", "1")
    (seen,) = Receiver.seen
    assert (seen["body"], seen["Content-Type"]) == (b"{}", "application/json")


def test_any_status_is_an_answer(port: int) -> None:
    assert send(port, "/broken").status == 500


def test_no_redirect_is_followed(port: int) -> None:
    assert send(port, "/elsewhere").status == 307
    assert [one["path"] for one in Receiver.seen] == ["/elsewhere"]


def test_only_the_beginning_of_an_answer_is_read(port: int) -> None:
    assert send(port, "/endless").excerpt == b"x" * 100


def test_silence_ends(port: int) -> None:
    begun = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.3 s"):
        send(port, "/silent", timeout_s=0.3)
    assert time.monotonic() - begun < 15


def test_private_addresses_are_refused(port: int) -> None:
    with pytest.raises(FetchRefused, match="private network"):
        send(port, "/ok", allow_private=False)
    assert Receiver.seen == []


class TestCallbacks:
    @pytest.mark.parametrize(
        "url", ["https://example.com/hook?a=b", "https://example.com:8443/", "https://8.8.8.8/x"]
    )
    def test_public_https_addresses_are_fine(self, url: str) -> None:
        assert callbacks.checked(url) == url

    @pytest.mark.parametrize(
        "url",
        ["http://example.com/", "https://user:secret@example.com/", "https://example.com:22/",
         "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/", "https://2130706433/",
         "ftp://example.com/", "example.com", "", "https://", "https://a b/", "https://x/\n",
         "https://example.com/" + "a" * 2000, "https://example.com/" + "字" * 700],
    )  # fmt: skip
    def test_others_are_refused(self, url: str) -> None:
        with pytest.raises(callbacks.CallbackRefused) as caught:
            callbacks.checked(url)
        assert caught.value.code is ErrorCode.INVALID_INPUT

    def test_a_closed_network_calls_back_plainly(self, settings: Any) -> None:
        settings.FETCH_ALLOW_PRIVATE = True
        assert callbacks.checked("http://127.0.0.1:9000/hook")
        assert callbacks.policy("http://127.0.0.1:9000/hook").ports == {9000}

    def test_no_policy_opens_the_network_by_itself(self) -> None:
        assert callbacks.policy("https://example.com/").allow_private is False


class TestExchange:
    def test_the_whole_answer_comes_back(self, port: int) -> None:
        found = swap(port, "/large")
        assert (found.content, found.content_type) == (b"y" * 5000, "image/png")
        assert Receiver.seen[0]["body"] == b"picture"

    @pytest.mark.parametrize("path", ["/broken", "/elsewhere", "/ok"])
    def test_only_a_200_is_an_answer(self, port: int, path: str) -> None:
        with pytest.raises(FetchFailed, match="status"):
            swap(port, path)
        assert len(Receiver.seen) == 1

    def test_an_answer_above_the_limit_is_an_error(self, port: int) -> None:
        with pytest.raises(FetchTooLarge):
            swap(port, "/large", max_bytes=4999)


def swap(port: int, path: str, **kwargs: Any) -> Any:
    defaults: dict[str, Any] = {"max_bytes": 10_000, "timeout_s": 20.0, "allow_private": True}
    policy = FetchPolicy(**{**defaults, "ports": frozenset({port}), **kwargs})
    url = f"http://127.0.0.1:{port}{path}"
    return exchange(url, body=b"picture", headers={"Content-Type": "image/png"}, policy=policy)
