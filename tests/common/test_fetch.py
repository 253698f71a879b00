import gzip
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.http.errors import ErrorCode, InvalidInput
from common.outbound import addresses
from common.outbound.addresses import TargetRefused, is_public, resolve, target_of
from common.outbound.fetch import (
    Fetched,
    FetchFailed,
    FetchPolicy,
    FetchRefused,
    FetchTooLarge,
    fetch,
)
from tests.common.certificates import certificate_for
from tests.common.http import ScriptedHandler, serving

IMAGE = b"\x89PNG picture"


class Site(ScriptedHandler):
    """Every path behaves in one of the ways that servers behave."""

    seen: list[dict[str, str]] = []
    port = 0

    def do_GET(self) -> None:  # noqa: N802
        self.seen.append({"path": self.path, **dict(self.headers)})
        self.answer(otherwise=self.answer_image)

    def answer_image(self) -> None:
        self.send(200, IMAGE, Content_Type="Image/PNG; charset=x")

    def answer_missing(self) -> None:
        self.send(404, b"no such thing")

    def answer_hop(self) -> None:
        self.send(302, Location="/image?next=1")

    def answer_loop(self) -> None:
        self.send(302, Location="/loop")

    def answer_nowhere(self) -> None:
        self.send(302)

    def answer_to_metadata(self) -> None:
        self.send(302, Location="http://169.254.169.254/latest/meta-data/")

    def answer_to_file(self) -> None:
        self.send(302, Location="file:///etc/passwd")

    def answer_to_other_port(self) -> None:
        self.send(302, Location="http://127.0.0.1:22/")

    def answer_to_plain(self) -> None:
        self.send(302, Location=f"http://localhost:{self.port}/image")

    def answer_declared_large(self) -> None:
        self.send(200, b"", Content_Length="1000000")

    def answer_really_large(self) -> None:
        self.send(200, b"x" * 500_000)

    def answer_gzip(self) -> None:
        self.send(200, gzip.compress(b"\0" * 1_000_000), Content_Encoding="gzip")

    def answer_short(self) -> None:
        self.send(200, b"abc", Content_Length="100")

    def answer_drip(self) -> None:
        self.send(200, b"")
        self.drip()

    def answer_drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip()

    def answer_silent(self) -> None:
        self.released.wait(20)

    def answer_rubbish(self) -> None:
        self.wfile.write(b"\x00\xff\x00 nonsense\r\n\r\n")

    def drip(self) -> None:
        while not self.released.wait(0.02):
            try:
                self.wfile.write(b"x")
            except OSError:
                return


@pytest.fixture
def port() -> Iterator[int]:
    Site.seen.clear()
    Site.released.clear()
    with serving(Site) as port:
        Site.port = port
        yield port
        Site.released.set()


def policy(port: int, **kwargs: Any) -> FetchPolicy:
    defaults: dict[str, Any] = {"max_bytes": 100_000, "timeout_s": 20.0, "allow_private": True}
    return FetchPolicy(**{**defaults, "ports": frozenset({port}), **kwargs})


def get(port: int, path: str, **kwargs: Any) -> Fetched:
    return fetch(f"http://127.0.0.1:{port}{path}", policy=policy(port, **kwargs))


class TestAnswers:
    def test_content_type_and_final_address_come_back(self, port: int) -> None:
        url = f"http://127.0.0.1:{port}/image?a=b%20c"
        assert fetch(url, policy=policy(port)) == Fetched(IMAGE, "image/png", url)
        (seen,) = Site.seen
        assert seen["path"] == "/image?a=b%20c"
        assert seen["Host"] == f"127.0.0.1:{port}"
        assert seen["Accept-Encoding"] == "identity"

    def test_no_cookies_or_credentials_are_sent(self, port: int) -> None:
        get(port, "/image")
        assert set(Site.seen[0]) == {"path", "Host", "User-Agent", "Accept", "Accept-Encoding"}

    def test_credentials_stay_with_the_origin_that_they_are_for(self, port: int) -> None:
        secret = {"Authorization": "Bearer token"}
        fetch(f"http://127.0.0.1:{port}/hop", policy=policy(port), headers=secret)
        fetch(f"http://127.0.0.1:{port}/to-plain", policy=policy(port), headers=secret)
        sent = [(seen["path"], "Authorization" in seen) for seen in Site.seen]
        assert sent == [
            ("/hop", True),
            ("/image?next=1", True),
            ("/to-plain", True),
            ("/image", False),
        ]

    def test_redirects_are_followed(self, port: int) -> None:
        found = get(port, "/hop")
        assert found.content == IMAGE
        assert found.final_url == f"http://127.0.0.1:{port}/image?next=1"

    def test_redirects_end(self, port: int) -> None:
        with pytest.raises(FetchFailed, match="more than 3 times"):
            get(port, "/loop")
        assert len(Site.seen) == 4

    @pytest.mark.parametrize(
        ("path", "reason"),
        [("/missing", "status 404"), ("/gzip", "compressed"), ("/short", "could be fetched"),
         ("/rubbish", "could be fetched")],
    )  # fmt: skip
    def test_a_useless_answer_is_an_error(self, port: int, path: str, reason: str) -> None:
        with pytest.raises(FetchFailed, match=reason):
            get(port, path)

    def test_a_closed_port_is_an_error(self) -> None:
        with serving(Site) as port:
            pass
        with pytest.raises(FetchFailed):
            get(port, "/image")

    @pytest.mark.parametrize("path", ["/declared-large", "/really-large"])
    def test_too_many_bytes_are_an_error(self, port: int, path: str) -> None:
        with pytest.raises(FetchTooLarge) as caught:
            get(port, path)
        assert caught.value.code is ErrorCode.FILE_TOO_LARGE
        assert caught.value.details == {"maxBytes": 100_000}

    def test_exactly_the_limit_is_fine(self, port: int) -> None:
        assert get(port, "/image", max_bytes=len(IMAGE)).content == IMAGE

    @pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/silent"])
    def test_the_time_budget_holds_however_slowly_bytes_come(self, port: int, path: str) -> None:
        begun = time.monotonic()
        with pytest.raises(FetchFailed, match=r"within 0\.3 s"):
            get(port, path, timeout_s=0.3)
        assert time.monotonic() - begun < 15

    def test_a_slow_name_lookup_counts_too(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: Site.released.wait(20))
        with pytest.raises(FetchFailed, match=r"within 0\.2 s"):
            get(port, "/image", timeout_s=0.2)


class TestRefusals:
    def test_loopback_is_refused_by_default(self, port: int) -> None:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            with pytest.raises(FetchRefused):
                fetch(f"http://{host}:{port}/image", policy=policy(port, allow_private=False))
        assert Site.seen == []

    def test_a_host_with_one_bad_address_is_refused(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [(0, 0, 0, "", (address, port)) for address in ("93.184.215.14", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(FetchRefused, match="private network"):
            fetch(f"http://two.example:{port}/", policy=policy(port, allow_private=False))

    def test_the_name_is_resolved_once_and_the_address_is_pinned(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        real = socket.getaddrinfo

        def answer(host: str, *args: Any, **kwargs: Any) -> Any:
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "192.0.2.1", *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", by_name(answer, real))
        found = fetch(f"http://rebinding.example:{port}/image", policy=policy(port))
        assert found.content == IMAGE
        assert asked == ["rebinding.example"]
        assert Site.seen[0]["Host"] == f"rebinding.example:{port}"

    def test_the_next_address_is_tried_when_one_does_not_listen(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = socket.getaddrinfo

        def answer(host: str, *args: Any, **kwargs: Any) -> Any:
            return real("127.0.0.2", *args, **kwargs) + real("127.0.0.1", *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", by_name(answer, real))
        found = fetch(f"http://two.example:{port}/image", policy=policy(port))
        assert found.content == IMAGE

    @pytest.mark.parametrize("path", ["/to-file", "/to-other-port"])
    def test_each_redirect_is_checked(self, port: int, path: str) -> None:
        with pytest.raises(FetchRefused):
            get(port, path)

    def test_a_redirect_to_a_private_address_is_refused(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
        with pytest.raises(FetchRefused, match="private network"):
            get(port, "/to-metadata", ports=frozenset({port, 80}), allow_private=False)

    def test_only_allowed_hosts_are_spoken_to(self, port: int) -> None:
        assert get(port, "/image", allowed_hosts=frozenset({"127.0.0.1"})).content == IMAGE
        with pytest.raises(FetchRefused, match="host is not allowed"):
            get(port, "/image", allowed_hosts=frozenset({"example.com"}))

    def test_other_ports_are_refused(self) -> None:
        default = FetchPolicy(max_bytes=1, timeout_s=1)
        with pytest.raises(FetchRefused) as caught:
            fetch("http://example.com:22/", policy=default)
        assert caught.value.details == {"allowed": [80, 443]}
        assert (caught.value.status, caught.value.code) == (400, ErrorCode.INVALID_INPUT)

    def test_the_refusal_does_not_say_what_a_name_resolves_to(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            fetch("http://localhost/", policy=FetchPolicy(max_bytes=1, timeout_s=5))
        assert "127.0.0.1" not in caught.value.message
        assert "::1" not in caught.value.message


def by_name(answer: Any, real: Any) -> Any:
    """Answers names itself and leaves addresses to the system, as a hostile DNS server would."""

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        is_name = host.endswith(".example")
        return (answer if is_name else real)(host, *args, **kwargs)

    return getaddrinfo


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "/relative",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://user:pass@example.com/",
        "http://@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: evil",
        "http://example.com/\x00",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.0.0.0x1/",
        "http://1.2.3.4.5/",
        "http://[::1%25lo]/",
        "http://[fe80::1%eth0]/",
        "http://[nonsense]/",
        "http://[::1/",
        "http://-bad.example/",
        "http://a..b/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 130 + "example/",
        "http://example.com/" + "a" * 3000,
    ],
)
def test_an_address_out_of_shape_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://EXAMPLE.com", "http://example.com/"),
        ("http://example.com.:80/a", "http://example.com/a"),
        ("https://example.com:8443/a?b#c", "https://example.com:8443/a?b"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.com/ü?q=ü", "http://example.com/%C3%BC?q=%C3%BC"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://93.184.215.14/", "http://93.184.215.14/"),
        ("http://under_score.example/", "http://under_score.example/"),
    ],
)
def test_an_address_has_one_normal_form(url: str, normal: str) -> None:
    assert target_of(url).url == normal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",  # noqa: S104
        "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "192.88.99.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "::ffff:1.1.1.1", "::ffff:0:1.1.1.1", "::101:101", "64:ff9b::101:101", "2002:101:101::1",
        "3fff::1", "3fff:fff::1", "5f00::1", "5f00:ffff::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001::1",
        "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1", "3ffe::1"],
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(TargetRefused, match="not known"):
        resolve(target_of("http://no-such-host.invalid/"))


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        return certificate_for("localhost", tmp_path / "server.pem")

    @pytest.fixture
    def secure_port(self, certificate: Path) -> Iterator[int]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with serving(Site, context) as port:
            yield port

    def get(self, host: str, port: int, path: str = "/image", **kwargs: Any) -> Fetched:
        return fetch(f"https://{host}:{port}{path}", policy=policy(port, **kwargs))

    def test_the_certificate_is_for_the_name(self, secure_port: int, certificate: Path) -> None:
        found = self.get("localhost", secure_port, ca_file=str(certificate))
        assert found.content == IMAGE

    def test_another_name_is_not_served(self, secure_port: int, certificate: Path) -> None:
        with pytest.raises(FetchFailed):
            self.get("127.0.0.1", secure_port, ca_file=str(certificate))

    def test_an_unknown_authority_is_not_believed(self, secure_port: int) -> None:
        with pytest.raises(FetchFailed):
            self.get("localhost", secure_port)

    def test_no_redirect_leads_out_of_tls(self, secure_port: int, certificate: Path) -> None:
        Site.port = secure_port
        with pytest.raises(FetchRefused, match="https to http"):
            self.get("localhost", secure_port, "/to-plain", ca_file=str(certificate))
