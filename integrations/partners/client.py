"""HTTP client of partner applications: guarded, with one time budget and a circuit breaker.

A partner is called at its base URL with its token and, in `X-Lumiku-User`, the public identifier of
the user on whose behalf the call is made, so that the partner can refuse what is not theirs.
"""

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, unquote, urljoin, urlsplit

from common.http.errors import ApiError
from common.outbound.addresses import TargetRefused, target_of
from common.outbound.breaker import Breaker
from common.outbound.fetch import (
    Fetched,
    FetchFailed,
    FetchPolicy,
    FetchRefused,
    FetchTooLarge,
    exchange,
    fetch,
)
from integrations.partners.errors import PartnerProjectNotFound
from removal.errors import PartnerFailed, PartnerUnavailable

MAX_JSON_BYTES = 1024 * 1024
IMAGES_AT_ONCE = 8
OPEN_AFTER = 5
REOPEN_S = 30.0
# A NUL as JSON writes it. After an even number of backslashes, `u0000` is text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_T = TypeVar("_T")
_breakers: dict[str, Breaker] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Connection:
    """The parameters of calls to a partner for one user."""

    slug: str
    base_url: str
    token: str
    allowed_hosts: frozenset[str]
    allow_private: bool
    user_id: str


@dataclass(frozen=True)
class RemoteImage:
    """One image of a partner's list: the partner's name for it, its address and its file name."""

    id: str
    url: str
    filename: str


@dataclass(frozen=True)
class LoadedImage:
    """An image of a partner as an open temporary file of `size` bytes, or why there is none."""

    image: RemoteImage
    file: BinaryIO | None = None
    size: int = 0
    problem: ApiError | None = None


class PartnerClient:
    """The calls of one request, which share `timeout_s` seconds.

    Every method raises `PartnerUnavailable` (503), `PartnerFailed` (502) or
    `PartnerProjectNotFound` (404).
    """

    def __init__(self, connection: Connection, *, timeout_s: float) -> None:
        self._to = connection
        self._ends = time.monotonic() + timeout_s
        self._breaker = _breaker_of(connection.slug)

    def images(self, path: str) -> list[RemoteImage]:
        """The images of a JSON list at `path`, in its order."""
        found = self.json(path)
        if not isinstance(found, list):
            raise PartnerFailed("The partner did not answer with a list of images")
        return [self._image(entry) for entry in found]

    def image(self, path: str, *, id: str) -> RemoteImage:
        """The image of a JSON object at `path`."""
        found = self.json(path)
        return self._image({"id": id, **found} if isinstance(found, dict) else found)

    def json(self, path: str) -> Any:
        """The JSON value at `path`, of at most `MAX_JSON_BYTES`."""
        answer = self._call(lambda: self._get(self.address(path), MAX_JSON_BYTES))
        try:
            found = json.loads(answer.content)
            # Neither half of a surrogate pair nor a NUL can be stored, so both are refused here.
            written = json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise PartnerFailed("The partner's answer is not JSON") from None
        if _NUL.search(written):
            raise PartnerFailed("The partner's answer holds a NUL character")
        return found

    def load(self, image: RemoteImage, *, max_bytes: int) -> bytes:
        """The image's encoded bytes."""
        return self._call(lambda: self._get(image.url, max_bytes)).content

    @contextmanager
    def load_all(
        self, images: Sequence[RemoteImage], *, max_bytes: int, max_total: int
    ) -> Iterator[list[LoadedImage]]:
        """All images as temporary files, which are closed on leaving; several are loaded at once.

        An image that cannot be loaded has its `problem` set. Raises `PartnerUnavailable` when the
        partner stops answering, and `FetchTooLarge` when all together have more than `max_total`
        bytes.
        """
        loaded: list[LoadedImage] = []
        try:
            with ThreadPoolExecutor(IMAGES_AT_ONCE) as threads:
                total = 0
                for found in threads.map(lambda image: self._loaded(image, max_bytes), images):
                    loaded.append(found)
                    if found.problem is not None and self._is_away(found.problem, found.image):
                        # A batch of what has come so far would be paid for, and those that are
                        # missing could only be had by paying for all of them again.
                        threads.shutdown(cancel_futures=True)
                        raise found.problem
                    total += found.size
                    if total > max_total:
                        threads.shutdown(cancel_futures=True)
                        raise FetchTooLarge(
                            f"The partner's images have more than {max_total:,} bytes together",
                            details={"maxBytes": max_total},
                        )
            yield loaded
        finally:
            for found in loaded:
                if found.file is not None:
                    found.file.close()

    def transform(self, path: str, body: bytes, *, content_type: str, max_bytes: int) -> Fetched:
        """POST an image to `path` and return the image that the partner makes of it."""
        headers = {**self._headers(), "Content-Type": content_type}
        return self._call(
            lambda: exchange(
                self.address(path), body=body, headers=headers, policy=self._policy(max_bytes)
            )
        )

    def address(self, path: str) -> str:
        return f"{self._to.base_url.rstrip('/')}/{path.lstrip('/')}"

    def _loaded(self, image: RemoteImage, max_bytes: int) -> LoadedImage:
        try:
            content = self.load(image, max_bytes=max_bytes)
        except ApiError as problem:
            return LoadedImage(image, problem=problem)
        # The caller closes it.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        file.write(content)
        file.seek(0)
        return LoadedImage(image, file=file, size=len(content))

    def _is_away(self, problem: ApiError, image: RemoteImage) -> bool:
        """True if the partner itself gives no answer at all. A status is one, if not a good one,
        and images may lie on other hosts.
        """
        answered = "status" in (problem.details or {})
        own = _same_origin(image.url, self._to.base_url)
        return own and isinstance(problem, PartnerUnavailable) and not answered

    def _get(self, url: str, max_bytes: int) -> Fetched:
        headers = self._headers() if _same_origin(url, self._to.base_url) else {}
        return fetch(url, policy=self._policy(max_bytes), headers=headers)

    def _call(self, call: Callable[[], _T]) -> _T:
        if not self._breaker.allows():
            raise _unavailable()
        try:
            answer = call()
        except FetchRefused as problem:
            raise PartnerFailed(
                f"The partner leads to an address that is not allowed: {problem.message}"
            ) from problem
        except FetchTooLarge as problem:
            raise PartnerFailed(problem.message, details=problem.details) from problem
        except FetchFailed as problem:
            raise self._typed(problem) from problem
        self._breaker.succeeded()
        return answer

    def _typed(self, problem: FetchFailed) -> ApiError:
        status = (problem.details or {}).get("status")
        if status == HTTPStatus.NOT_FOUND:
            self._breaker.succeeded()
            return PartnerProjectNotFound()
        if status is not None and status < 500:
            self._breaker.succeeded()
            return PartnerFailed(problem.message, details=problem.details)
        self._breaker.failed()
        return _unavailable(problem.details)

    def _headers(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self._to.token}"} if self._to.token else {}
        return {**token, "X-Lumiku-User": self._to.user_id}

    def _policy(self, max_bytes: int) -> FetchPolicy:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise _unavailable()
        base = target_of(self._to.base_url)
        own = frozenset({80, 443, base.port})
        return FetchPolicy(
            max_bytes=max_bytes,
            timeout_s=left,
            allowed_hosts=self._to.allowed_hosts | {base.host},
            allow_private=self._to.allow_private,
            ports=frozenset(range(1, 65_536)) if self._to.allow_private else own,
        )

    def _image(self, entry: Any) -> RemoteImage:
        if not isinstance(entry, dict):
            raise PartnerFailed("The partner's list holds something that is not an image")
        name, url, file = entry.get("id"), entry.get("imageUrl"), entry.get("filename")
        if isinstance(name, bool) or not isinstance(name, str | int) or len(str(name)) > 200:
            raise PartnerFailed("An image of the partner's has no `id`")
        if not isinstance(url, str) or not url:
            raise PartnerFailed("An image of the partner's has no `imageUrl`", details={"id": name})
        try:
            url = urljoin(f"{self._to.base_url.rstrip('/')}/", url)
        except ValueError:
            raise PartnerFailed(
                "An `imageUrl` of the partner's is no address", details={"id": name}
            ) from None
        named = file if isinstance(file, str) and file else _last_part(url) or str(name)
        return RemoteImage(id=str(name), url=url, filename=named[:255])


def part(text: str) -> str:
    """A caller's identifier as one part of a path."""
    return quote(text, safe="")


def _unavailable(details: Any = None) -> PartnerUnavailable:
    return PartnerUnavailable(details=details, headers={"Retry-After": str(round(REOPEN_S))})


def _breaker_of(slug: str) -> Breaker:
    with _lock:
        return _breakers.setdefault(slug, Breaker(open_after=OPEN_AFTER, reopen_s=REOPEN_S))


def reset_breakers() -> None:
    """Close every circuit, after an operator has changed a connection."""
    with _lock:
        _breakers.clear()


def _same_origin(url: str, base: str) -> bool:
    try:
        return target_of(url).same_origin(target_of(base))
    except TargetRefused:
        return False


def _last_part(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
