"""Allow-list of network addresses that the service may connect to."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# The last label holds a letter: `127.1`, `0x7f.1` and `2130706433` are addresses in disguise.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?=[a-z0-9-]*[a-z])(?!0x){_LABEL}")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_MAX_URL = 2048

# Networks that `is_global` calls public, or says nothing about, and that no picture comes from.
_REFUSED = [
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # 6to4 relays
        # Forms of IPv4 addresses, whatever stands in them: a gateway translates them back, and no
        # public name has to use them.
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "::/96",  # IPv4-compatible, deprecated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # local-use NAT64
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "fec0::/10",  # site-local, deprecated
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(Exception):
    """The message says why, without saying what a name resolved to."""


@dataclass(frozen=True)
class Target:
    """A parsed address: `host` in lower case and ASCII, `path` with its query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host_header}{self.path}"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORTS["https" if self.secure else "http"]
        return host if usual else f"{host}:{self.port}"

    def same_origin(self, other: "Target") -> bool:
        """True if scheme, host and port are the same."""
        mine, theirs = (self.secure, self.host, self.port), (other.secure, other.host, other.port)
        return mine == theirs

    def join(self, location: str) -> str:
        """The address that a redirect from here leads to."""
        return urljoin(self.url, location)


def target_of(url: str) -> Target:
    """Take an http(s) address apart; raises `TargetRefused`."""
    if len(url) > _MAX_URL or _FORBIDDEN.search(url):
        raise TargetRefused("This is not an address that can be fetched")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("This is not an address that can be fetched") from None
    if parts.scheme not in _PORTS:
        raise TargetRefused("The address must begin with https:// or http://")
    if "@" in parts.netloc:
        raise TargetRefused("An address with a user name or password is not fetched")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
    return Target(
        secure=parts.scheme == "https",
        host=_host(parts),
        port=port or _PORTS[parts.scheme],
        path=path + query,
    )


def resolve(target: Target, *, allow_private: bool = False) -> list[str]:
    """The addresses of the target's host; raises `TargetRefused` if any of them is not public."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetRefused("The host of this address is not known") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses:
        raise TargetRefused("The host of this address is not known")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise TargetRefused("This address leads into a private network")
    return addresses


def is_public(text: str) -> bool:
    """True for an IP address of the public Internet."""
    address = ipaddress.ip_address(text)
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in network for network in _REFUSED)


def is_literal(host: str) -> bool:
    """True if the host of a `Target` is an IP address rather than a name."""
    return ":" in host or host.replace(".", "").isdecimal()


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if parts.netloc.startswith("["):
        return str(_literal(host))
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise TargetRefused("The host of this address is not a valid name") from None
    if _NAME.fullmatch(host) and len(host) <= 253:
        return host
    return str(_literal(host))


def _literal(host: str) -> Address:
    """An IP address in its usual form; `ipaddress` takes no octal, hexadecimal or short ones."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise TargetRefused("The host of this address is not a valid name") from None
    if getattr(address, "scope_id", None):
        raise TargetRefused("The host of this address is not a valid name")
    return address
