"""Callback addresses that users give us, and the policy under which they are called."""

from django.conf import settings

from common.http.errors import InvalidInput
from common.outbound.addresses import Target, TargetRefused, is_literal, is_public, target_of
from common.outbound.fetch import FetchPolicy

MAX_LENGTH = 2000
TIMEOUT_S = 15.0
EXCERPT_BYTES = 2048
PORTS = frozenset({80, 443, 8080, 8443})


class CallbackRefused(InvalidInput):
    message = "This address cannot be called back"


def checked(url: str) -> str:
    """`url` as it is, if it may be called back at all; its host is looked up at each call.

    Raises `CallbackRefused` (400). Plain http, unusual ports and private addresses are for closed
    networks (`FETCH_ALLOW_PRIVATE`).
    """
    # In bytes: an index of the database holds it, and takes no more than 2.7 KB.
    if len(url.encode(errors="replace")) > MAX_LENGTH:
        raise CallbackRefused(f"The address is longer than {MAX_LENGTH} bytes")
    try:
        target = target_of(url)
    except TargetRefused as refusal:
        raise CallbackRefused(str(refusal)) from None
    if not settings.FETCH_ALLOW_PRIVATE:
        _check_public(target)
    return url


def policy(url: str) -> FetchPolicy:
    """The policy for a call to the checked address `url`; raises `CallbackRefused`."""
    checked(url)
    if settings.FETCH_ALLOW_PRIVATE:
        return private_policy(url)
    return FetchPolicy(max_bytes=EXCERPT_BYTES, timeout_s=TIMEOUT_S, max_redirects=0, ports=PORTS)


def private_policy(url: str) -> FetchPolicy:
    """The policy for a call to an address that may be private, on its own port."""
    return FetchPolicy(
        max_bytes=EXCERPT_BYTES,
        timeout_s=TIMEOUT_S,
        max_redirects=0,
        ports=frozenset({target_of(url).port}),
        allow_private=True,
    )


def _check_public(target: Target) -> None:
    if not target.secure:
        raise CallbackRefused("The address must begin with https://")
    if target.port not in PORTS:
        raise CallbackRefused(
            f"Port {target.port} is not allowed", details={"allowed": sorted(PORTS)}
        )
    if is_literal(target.host) and not is_public(target.host):
        raise CallbackRefused("This address leads into a private network")
