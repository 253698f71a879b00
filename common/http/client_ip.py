"""Client address of a request, as far as its headers can be trusted."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address, or an empty string when the transport has none.

    With `PROXY_COUNT` proxies of ours in front, it is that many entries from the right of
    `X-Forwarded-For`; what stands further left was written by the caller and means nothing.
    """
    peer = str(request.META.get("REMOTE_ADDR") or "")
    count: int = settings.PROXY_COUNT
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if count else []
    if 0 < count <= len(hops):
        return _normal(hops[-count]) or _normal(peer)
    return _normal(peer)


def network_of(address: str) -> str:
    """The unit that one subscriber holds: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _normal(text: str) -> str:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
