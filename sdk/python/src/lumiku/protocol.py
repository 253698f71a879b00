"""Protocol of requests: how they are made, repeated and answered by every client."""

import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lumiku import address, version
from lumiku.effects import Operation, Reply, Request, fetch, send, sleep
from lumiku.errors import (
    ApiError,
    BrokenOff,
    LumikuError,
    NotConnected,
    QuotaExceeded,
    RequestInProgress,
    UnexpectedAnswer,
    of_envelope,
)
from lumiku.forms import Form
from lumiku.sources import Source

_REPEATED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_MOST_REDIRECTS = 5
_PLAIN = {
    "User-Agent": f"lumiku-python/{version.__version__}",
    # Images and archives do not become smaller, and ranges count the bytes as they are.
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class Retry:
    """Argument of `on_retry`: why a request is sent again, and in how many seconds."""

    problem: LumikuError
    seconds: float


@dataclass(frozen=True)
class RetryPolicy:
    """The number of repetitions of a request, and their times.

    `Retry-After` is honoured up to `longest_wait_s`; what asks for more is raised at once. Without
    it the pauses double, each shortened at random by up to half so that clients do not return all
    at the same moment.
    """

    retries: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0

    def wait_s(self, attempt: int, problem: LumikuError) -> float | None:
        """Seconds until the next attempt, or None if there is none. `attempt` counts from 0."""
        if attempt >= self.retries or not _is_passing(problem):
            return None
        asked = problem.retry_after if isinstance(problem, ApiError) else None
        if asked is None:
            wait = min(self.first_wait_s * 2.0**attempt, self.longest_wait_s)
            return wait * random.uniform(0.5, 1.0)
        # Never sooner than asked, and not all at the same moment.
        return asked * random.uniform(1.0, 1.1) if asked <= self.longest_wait_s else None


def _is_passing(problem: LumikuError) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(problem, ApiError):
        if isinstance(problem, QuotaExceeded):
            return False
        return problem.status in _REPEATED_STATUSES or isinstance(problem, RequestInProgress)
    return isinstance(problem, NotConnected)


class Protocol:
    """Requests to one server with one key."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None,
        policy: RetryPolicy,
        on_retry: Callable[[Retry], None] | None = None,
    ) -> None:
        self.base_url = base_url
        self._api_key = api_key
        self._policy = policy
        self._on_retry = on_retry
        self._server_known = False

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Operation[Any]:
        """`data` of the answer to a GET; parameters that are None are left out."""
        return self.data(self.request("GET", path, query=params))

    def delete(self, path: str) -> Operation[Any]:
        return self.data(Request("DELETE", self._url(path), self._headers()))

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        form: Form | None = None,
        key: str | None = None,
        accept: str = "application/json",
    ) -> Request:
        """A POST; with a `key` for idempotency it has the same effect however often it is sent."""
        return self.request("POST", path, json=json, form=form, key=key, accept=accept)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Form | None = None,
        key: str | None = None,
        accept: str = "application/json",
    ) -> Request:
        """A request with the client's key; parameters that are None are left out."""
        params = {name: str(value) for name, value in (query or {}).items() if value is not None}
        headers = {**self._headers(), "Accept": accept}
        if key:
            headers["Idempotency-Key"] = key
        return Request(method, self._url(path), headers, params, json=json, body=form)

    def data(self, request: Request) -> Operation[Any]:
        return envelope_data((yield from self.call(request)))

    def call(self, request: Request) -> Operation[Reply]:
        """The answer to a request that may be repeated. Raises LumikuError."""
        attempt = 0
        while True:
            try:
                return self._accepted((yield from send(request)))
            except LumikuError as problem:
                yield from self._pause(attempt, problem)
            attempt += 1

    def put(self, slot_url: str, headers: Mapping[str, str], source: Source) -> Operation[Reply]:
        """Send a file to an upload address, which takes it without the key."""
        return self.call(Request("PUT", slot_url, headers, body=source))

    def download(self, url: str, target: Path) -> Operation[None]:
        """The body at `url` into `target`, which appears only when it is whole.

        A transfer that breaks off is resumed where it stopped. Raises LumikuError.
        """
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        attempt, etag, before = 0, "", 0
        while True:
            offset = part.stat().st_size if etag and part.exists() else 0
            if offset > before:
                # What makes progress may go on for as long as it takes.
                attempt, before = 0, offset
            try:
                yield from self._fetched(url, part, offset, etag)
            except BrokenOff as problem:
                etag = problem.headers.get("etag", "")
                yield from self._pause(attempt, problem)
            except LumikuError as problem:
                yield from self._pause(attempt, problem)
            else:
                part.replace(target)
                return
            attempt += 1

    def read(self, url: str) -> Operation[Reply]:
        """The answer at `url` with its body. Raises LumikuError."""
        attempt = 0
        while True:
            try:
                return (yield from self._followed(url, {}, send))
            except LumikuError as problem:
                yield from self._pause(attempt, problem)
            attempt += 1

    def _fetched(self, url: str, part: Path, offset: int, etag: str) -> Operation[Reply]:
        wanted = {"Range": f"bytes={offset}-", "If-Range": etag} if offset else {}
        return self._followed(url, wanted, lambda request: fetch(request, part, offset))

    def _followed(
        self, url: str, headers: Mapping[str, str], perform: Callable[[Request], Operation[Reply]]
    ) -> Operation[Reply]:
        """Follows redirects; the key goes to the server's own origin only."""
        for _ in range(_MOST_REDIRECTS):
            own = self._headers() if self._is_own(url) else _PLAIN
            reply = yield from perform(Request("GET", url, {**own, "Accept": "*/*", **headers}))
            if not 300 <= reply.status < 400:
                return self._accepted(reply)
            url = urljoin(url, reply.headers.get("location", ""))
        raise UnexpectedAnswer("the address redirects again and again")

    def absolute(self, url: str | None) -> str | None:
        """An address of the server, which it may give as a path."""
        return urljoin(self.base_url, url) if url else None

    def socket(self) -> tuple[str, Mapping[str, str]]:
        """Address and headers of the WebSocket that tells of progress."""
        url = self.base_url.replace("http", "ws", 1) + "/background-remover/ws"
        return url, {"Authorization": f"Bearer {self._api_key or ''}"}

    def _url(self, path: str) -> str:
        return f"{self.base_url}/{path}"

    def _is_own(self, url: str) -> bool:
        return address.origin(url) == address.origin(self.base_url)

    def _headers(self) -> dict[str, str]:
        headers = {**_PLAIN, "Accept": "application/json"}
        return {**headers, "Authorization": f"Bearer {self._api_key}"} if self._api_key else headers

    def _accepted(self, reply: Reply) -> Reply:
        """The reply if it is a success; raises what it means otherwise."""
        if not self._server_known and version.SERVER_HEADER.lower() in reply.headers:
            self._server_known = True
            version.check(reply.headers[version.SERVER_HEADER.lower()])
        if reply.status >= 400:
            retry_after = _seconds(reply.headers.get("retry-after"))
            raise of_envelope(reply.status, _json(reply.body), retry_after=retry_after)
        if reply.status >= 300:
            location = reply.headers.get("location", "another address")
            raise UnexpectedAnswer(
                f"the server redirects to {location}; redirects are not followed, because they "
                "could take the key to another host: correct the base address"
            )
        return reply

    def _pause(self, attempt: int, problem: LumikuError) -> Operation[None]:
        """Wait before the next attempt; raises `problem` when there is none."""
        seconds = self._policy.wait_s(attempt, problem)
        if seconds is None:
            raise problem
        if self._on_retry:
            self._on_retry(Retry(problem, seconds))
        yield from sleep(seconds)


def new_key() -> str:
    """A new idempotency key."""
    return str(uuid.uuid4())


def envelope_data(reply: Reply) -> Any:
    """`data` of a successful answer. Raises UnexpectedAnswer."""
    body = _json(reply.body)
    if not isinstance(body, dict) or "data" not in body:
        raise UnexpectedAnswer("the answer is not JSON of this API; is the base address right?")
    return body["data"]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
