"""No address that a caller or a partner names leads to a connection into a private network.

A listener on every address of this machine counts what arrives, and an audit hook of the
interpreter sees every attempt to connect to any other address, and prevents it. Names are resolved
by a resolver of the tests, which can answer each question differently.
"""

import itertools
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from common.http.errors import ApiError
from common.outbound import addresses, callbacks, fetch
from common.outbound.addresses import TargetRefused, target_of
from integrations.models import Delivery
from integrations.partners.client import Connection, PartnerClient, RemoteImage
from integrations.webhooks import sender
from removal import conf, intake
from removal.intake import Address

PUBLIC = "93.184.215.14"
# Stands in for a public server: an address of this machine that the test declares public.
OUTSIDE = "127.0.0.9"

LITERALS = {
    "loopback": "127.0.0.1",
    "another loopback": "127.8.9.10",
    "this network": "0.0.0.0",  # noqa: S104
    "private 10": "10.0.0.1",
    "private 172": "172.16.0.1",
    "private 192": "192.168.0.1",
    "link-local, metadata": "169.254.169.254",
    "metadata of Alibaba": "100.100.100.200",
    "carrier-grade NAT": "100.64.0.1",
    "benchmarking": "198.18.0.1",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "6to4 relay": "192.88.99.1",
    "IPv6 loopback": "[::1]",
    "IPv6 unspecified": "[::]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped, in hexadecimal": "[::ffff:7f00:1]",
    "mapped metadata": "[::ffff:a9fe:a9fe]",
    "translated": "[::ffff:0:127.0.0.1]",
    "compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::7f00:1]",
    "NAT64, local": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "Teredo": "[2001:0:7f00:1::]",
    "unique local": "[fd00:ec2::254]",
    "IPv6 link-local": "[fe80::1]",
    "IPv6 site-local": "[fec0::1]",
    "IPv6 with a zone": "[fe80::1%25lo]",
    "IPv6 multicast": "[ff02::1]",
    "integer": "2130706433",
    "integer of metadata": "2852039166",
    "hexadecimal": "0x7f000001",
    "hexadecimal, dotted": "0x7f.0x0.0x0.0x1",
    "octal": "017700000001",
    "octal, dotted": "0177.0.0.01",
    "short": "127.1",
    "mixed": "0x7f.1",
    "too large a part": "127.0.0.257",
    "full-width digits": "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "full-width dots": "127\u30020\uff0e0\uff611",
    "circled digits": "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "full-width name": "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
    "name": "localhost",
    "name with a dot": "localhost.",
    "user part": "example.test@127.0.0.1",
    "backslash": "example.test\\@127.0.0.1",
}
# What a hostile name server answers, each time anew; the last answer is repeated.
ANSWERS: dict[str, list[list[str]]] = {
    "loopback": [["127.0.0.1"]],
    "IPv6 loopback": [["::1"]],
    "unspecified": [["0.0.0.0"]],  # noqa: S104
    "private": [["10.1.2.3"]],
    "carrier-grade NAT": [["100.64.3.4"]],
    "metadata": [["169.254.169.254"]],
    "IPv6 metadata": [["fd00:ec2::254"]],
    "mapped": [["::ffff:127.0.0.1"]],
    "NAT64": [["64:ff9b::7f00:1"]],
    "6to4": [["2002:7f00:1::"]],
    "zone": [["fe80::1%lo"]],
    "public and loopback": [[PUBLIC, "127.0.0.1"]],
    "loopback and public": [["127.0.0.1", PUBLIC]],
    "public and IPv6 loopback": [[PUBLIC, "::1"]],
}


@dataclass
class Network:
    """Connections that were made while it is `watched`, and the addresses of names."""

    port: int = 0
    names: dict[str, Iterator[list[str]]] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    location: str = ""

    def name(self, host: str, answers: Sequence[list[str]]) -> str:
        self.names[host] = itertools.chain(answers, itertools.repeat(answers[-1]))
        return host

    @property
    def inside(self) -> list[str]:
        """Attempts to connect to anything but what the test declares public."""
        return [host for host in self.tried + self.accepted if host not in (PUBLIC, OUTSIDE)]


_watched: Network | None = None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watched is not None and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        _watched.tried.append(host)
        if host != OUTSIDE:
            raise ConnectionRefusedError(f"{host} is not connected to by this test")


sys.addaudithook(_audit)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    global _watched  # noqa: PLW0603 - audit hooks cannot be removed
    found = Network()
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        answers = found.names.get(host)
        if answers is None:
            return real(host, port, *args, **kwargs)
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in next(answers)
        ]

    with closing(_listening()) as listener:
        found.port = listener.getsockname()[1]
        threading.Thread(target=_serve, args=(listener, found), daemon=True).start()
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(callbacks, "PORTS", frozenset({found.port, 80, 443}))
        _open_the_port(monkeypatch, found.port)
        _watched = found
        try:
            yield found
        finally:
            _watched = None


def _listening() -> socket.socket:
    """On every IPv4 and IPv6 address of this machine."""
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    listener.settimeout(20)
    return listener


def _serve(listener: socket.socket, network: Network) -> None:
    """Note who was connected to, and answer with the redirect that the test has set."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                host = connection.getsockname()[0].removeprefix("::ffff:")
                network.accepted.append(host)
                connection.settimeout(5)
                connection.recv(65_536)
                head = f"HTTP/1.1 302 Found\r\nLocation: {network.location}\r\n"
                connection.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())


def _open_the_port(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Images may be fetched from the listener's port too, so that only the address is at fault."""
    real = conf.fetch_policy

    def policy(source: str = "") -> fetch.FetchPolicy:
        return replace(real(source), ports=frozenset({port, 80, 443}), timeout_s=5)

    monkeypatch.setattr(conf, "fetch_policy", policy)


def webhook(url: str, network: Network) -> None:
    """Deliver to it; the sender turns every refusal into an outcome."""
    outcome = sender.attempt(Delivery(public_id="dlv_1", url=url, body="{}"), {"webhook-id": "x"})
    assert not outcome.ok


def image(url: str, network: Network) -> None:
    with pytest.raises(ApiError):
        intake.check(Address(url), field="image_url")


def partner(url: str, network: Network) -> None:
    """An image of a partner's list, even if the operator has allowed its host."""
    try:
        hosts = frozenset({target_of(url).host})
    except TargetRefused:
        hosts = frozenset()
    to = Connection(
        slug=f"partner-{url}",
        base_url=f"https://partner.test:{network.port}",
        token="",
        allowed_hosts=hosts,
        allow_private=False,
        user_id="user_1",
    )
    with pytest.raises(ApiError):
        PartnerClient(to, timeout_s=5).load(RemoteImage("1", url, "1.jpg"), max_bytes=1000)


Surface = Callable[[str, Network], None]
surfaces = pytest.mark.parametrize("surface", [webhook, image, partner])


@surfaces
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", LITERALS.values(), ids=LITERALS)
def test_no_spelling_of_an_inner_address_is_connected_to(
    network: Network, surface: Surface, scheme: str, host: str
) -> None:
    surface(f"{scheme}://{host}:{network.port}/", network)
    assert (network.tried, network.accepted) == ([], [])


@surfaces
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_no_name_leads_inside(
    network: Network, surface: Surface, scheme: str, answers: list[list[str]]
) -> None:
    host = network.name("hostile.test", answers)
    surface(f"{scheme}://{host}:{network.port}/", network)
    assert (network.tried, network.accepted) == ([], [])


@surfaces
@pytest.mark.parametrize("later", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"])
def test_a_name_that_changes_its_answer_is_connected_to_where_it_was_checked(
    network: Network, surface: Surface, later: str
) -> None:
    host = network.name("rebinding.test", [[PUBLIC], [later]])
    surface(f"https://{host}:{network.port}/", network)
    assert set(network.tried) == {PUBLIC}
    assert network.accepted == []
    surface(f"https://{host}:{network.port}/", network)
    assert network.inside == []


@pytest.fixture
def outside(network: Network, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that leads to the listener at an address that counts as public."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda text: text == OUTSIDE or real(text))
    return network.name("outside.test", [[OUTSIDE]])


@pytest.mark.parametrize("host", LITERALS.values(), ids=LITERALS)
def test_no_redirect_leads_to_an_inner_address(network: Network, outside: str, host: str) -> None:
    network.location = f"http://{host.encode('utf-8').decode('latin-1')}:{network.port}/"
    image(f"http://{outside}:{network.port}/", network)
    assert (network.tried, network.accepted) == ([OUTSIDE], [OUTSIDE])


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_no_redirect_leads_to_a_name_that_leads_inside(
    network: Network, outside: str, answers: list[list[str]]
) -> None:
    network.location = f"http://{network.name('hostile.test', answers)}:{network.port}/"
    image(f"http://{outside}:{network.port}/", network)
    assert (network.tried, network.accepted) == ([OUTSIDE], [OUTSIDE])


def test_a_redirect_to_the_same_name_is_resolved_and_checked_again(
    network: Network, outside: str
) -> None:
    host = network.name("rebinding.test", [[OUTSIDE], ["127.0.0.1"]])
    network.location = f"http://{host}:{network.port}/next"
    image(f"http://{host}:{network.port}/", network)
    assert network.inside == []


def test_a_webhook_follows_no_redirect(
    network: Network, monkeypatch: pytest.MonkeyPatch, outside: str
) -> None:
    """Over plain http, which the policy is made to allow here, so that the listener can answer."""
    monkeypatch.setattr(callbacks, "_check_public", lambda _: None)
    network.location = f"http://127.0.0.1:{network.port}/"
    webhook(f"http://{outside}:{network.port}/", network)
    assert (network.tried, network.accepted) == ([OUTSIDE], [OUTSIDE])


def test_the_listener_and_the_hook_would_notice(network: Network) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", network.port), timeout=5)
    with socket.create_connection((OUTSIDE, network.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100)
    assert network.tried == ["127.0.0.1", OUTSIDE]
    assert network.accepted == [OUTSIDE]
