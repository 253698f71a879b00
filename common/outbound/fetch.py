"""Guarded fetch of addresses that callers name, on every redirect.

Every host is resolved once, refused if any of its addresses is not a public one, and the
connection goes to the very address that was checked. Each redirect is checked again.
"""

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.response import BaseHTTPResponse

from common.http.errors import ErrorCode, InvalidInput
from common.outbound.addresses import Target, TargetRefused, resolve, target_of
from common.outbound.deadline import Deadline, TimeIsUp

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_ADDRESSES = 4
USER_AGENT = "lumiku-fetch/1"
_CHUNK = 64 * 1024


class FetchRefused(InvalidInput):
    """The address is one that must not be fetched."""

    message = "This address is not allowed"


class FetchFailed(InvalidInput):
    """The address is allowed, but what it answered is of no use."""

    message = "Nothing could be fetched from this address"


class FetchTooLarge(FetchFailed):
    code = ErrorCode.FILE_TOO_LARGE


@dataclass(frozen=True)
class FetchPolicy:
    """Limits of a fetch: sizes in bytes, times in seconds over all hops together.

    `allowed_hosts`, if given, names the only hosts. `allow_private` opens loopback and private
    networks and is for tests and the sandbox. `ca_file` replaces the system's certificates.
    """

    max_bytes: int
    timeout_s: float
    max_redirects: int = 3
    allowed_hosts: frozenset[str] | None = None
    ports: frozenset[int] = frozenset({80, 443})
    allow_private: bool = False
    ca_file: str | None = None


@dataclass(frozen=True)
class Fetched:
    """`content_type` is the server's claim, in lower case and without parameters."""

    content: bytes
    content_type: str
    final_url: str


@dataclass(frozen=True)
class Answer:
    """Answer to a POST; `excerpt` holds the first `max_bytes` bytes at most."""

    status: int
    headers: Mapping[str, str]
    excerpt: bytes


@dataclass(frozen=True)
class _Message:
    """A request to a target."""

    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(
    url: str, *, policy: FetchPolicy, headers: Mapping[str, str] = MappingProxyType({})
) -> Fetched:
    """GET `url`, following redirects.

    `headers` may hold credentials: they are sent to the origin of `url` (scheme, host and port)
    and to no other that it redirects to. Raises `FetchRefused`, `FetchFailed` or `FetchTooLarge`.
    """
    deadline = Deadline(time.monotonic() + policy.timeout_s)
    first = origin = None
    with _typed(policy):
        for _ in range(policy.max_redirects + 1):
            target = _checked(url, origin, policy)
            first = first or target
            message = _Message(headers=headers if target.same_origin(first) else {})
            with _answer(target, message, policy, deadline) as response:
                if response.status not in REDIRECTS:
                    return _content(response, target, policy, deadline)
                url, origin = target.join(response.headers.get("Location", "")), target
    raise FetchFailed(f"The address redirects more than {policy.max_redirects} times")


def exchange(url: str, *, body: bytes, headers: Mapping[str, str], policy: FetchPolicy) -> Fetched:
    """POST `body` to `url` and return the whole answer, which must be a 200; follows no redirect.

    Raises as `fetch` does.
    """
    deadline = Deadline(time.monotonic() + policy.timeout_s)
    message = _Message("POST", body, headers)
    with _typed(policy):
        target = _checked(url, None, policy)
        with _answer(target, message, policy, deadline) as response:
            return _content(response, target, policy, deadline)


def post(url: str, *, body: bytes, headers: Mapping[str, str], policy: FetchPolicy) -> Answer:
    """POST `body` to `url`; any status is an answer, and no redirect is followed.

    Raises `FetchRefused` or `FetchFailed`.
    """
    deadline = Deadline(time.monotonic() + policy.timeout_s)
    message = _Message("POST", body, headers)
    with _typed(policy), _answer(_checked(url, None, policy), message, policy, deadline) as answer:
        excerpt = _beginning(answer, policy.max_bytes, deadline)
        return Answer(status=answer.status, headers=dict(answer.headers), excerpt=excerpt)


@contextmanager
def _typed(policy: FetchPolicy) -> Iterator[None]:
    try:
        yield
    except TimeIsUp:
        raise FetchFailed(f"The address did not answer within {policy.timeout_s:g} s") from None
    except TargetRefused as refusal:
        raise FetchRefused(str(refusal)) from None


def _checked(url: str, origin: Target | None, policy: FetchPolicy) -> Target:
    target = target_of(url)
    if target.port not in policy.ports:
        raise FetchRefused(
            f"Port {target.port} is not allowed", details={"allowed": sorted(policy.ports)}
        )
    if policy.allowed_hosts is not None and target.host not in policy.allowed_hosts:
        raise FetchRefused("This host is not allowed")
    if origin is not None and origin.secure and not target.secure:
        raise FetchRefused("The address redirects from https to http")
    return target


@contextmanager
def _answer(
    target: Target, message: _Message, policy: FetchPolicy, deadline: Deadline
) -> Iterator[BaseHTTPResponse]:
    addresses = deadline.run(lambda: resolve(target, allow_private=policy.allow_private))
    with ExitStack() as stack:
        try:
            pools = [_pool(target, address, policy) for address in addresses[:MAX_ADDRESSES]]
            yield _first_answer(stack, pools, target, message, deadline)
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as problem:
            deadline.check()
            raise FetchFailed(details={"reason": type(problem).__name__}) from problem


def _first_answer(
    stack: ExitStack,
    pools: list[HTTPConnectionPool],
    target: Target,
    message: _Message,
    deadline: Deadline,
) -> BaseHTTPResponse:
    """The answer of the first address that accepts a connection; `stack` closes everything."""
    for number, pool in enumerate(pools, start=1):
        stack.enter_context(closing(pool))
        stack.enter_context(deadline.guarding(pool))
        connect_s = deadline.left() / (2 if number < len(pools) else 1)
        try:
            response = _request(pool, target, message, deadline, connect_s)
            return stack.enter_context(closing(response))
        except (ConnectTimeoutError, NewConnectionError):
            if number == len(pools):
                raise
    raise FetchFailed


def _pool(target: Target, address: str, policy: FetchPolicy) -> HTTPConnectionPool:
    """A pool of one connection to `address`; TLS is for the host's name."""
    if not target.secure:
        return HTTPConnectionPool(address, target.port, maxsize=1)
    return HTTPSConnectionPool(
        address,
        target.port,
        maxsize=1,
        server_hostname=target.host,
        assert_hostname=target.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=policy.ca_file,
    )


def _request(
    pool: HTTPConnectionPool,
    target: Target,
    message: _Message,
    deadline: Deadline,
    connect_s: float,
) -> BaseHTTPResponse:
    return pool.urlopen(
        message.method,
        target.path,
        body=message.body,
        headers={
            "Host": target.host_header,
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            # A compressed answer could grow without bounds; none is asked for, none is read.
            "Accept-Encoding": "identity",
            **message.headers,
        },
        redirect=False,
        retries=False,
        timeout=Timeout(total=deadline.left(), connect=connect_s),
        preload_content=False,
        decode_content=False,
    )


def _content(
    response: BaseHTTPResponse, target: Target, policy: FetchPolicy, deadline: Deadline
) -> Fetched:
    if response.status != http.client.OK:
        raise FetchFailed(
            f"The address answered with status {response.status}",
            details={"status": response.status},
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("The address answered with compressed content")
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    body = _read(response, policy.max_bytes, deadline)
    return Fetched(content=body, content_type=content_type, final_url=target.url)


def _read(response: BaseHTTPResponse, max_bytes: int, deadline: Deadline) -> bytes:
    declared = response.headers.get("Content-Length", "")
    body = bytearray()
    while declared.isdecimal() is False or int(declared) <= max_bytes:
        deadline.check()
        chunk = response.read1(_CHUNK, decode_content=False)
        if not chunk:
            # A connection that was cut at the deadline ends like one that is complete.
            deadline.check()
            return bytes(body)
        body += chunk
        if len(body) > max_bytes:
            break
    raise FetchTooLarge(
        f"What the address holds is larger than {max_bytes} bytes",
        details={"maxBytes": max_bytes},
    )


def _beginning(response: BaseHTTPResponse, most: int, deadline: Deadline) -> bytes:
    """The first bytes of an answer; the rest stays unread, and the connection is closed."""
    body = bytearray()
    while len(body) < most:
        deadline.check()
        chunk = response.read1(most - len(body), decode_content=False)
        if not chunk:
            break
        body += chunk
    return bytes(body)
