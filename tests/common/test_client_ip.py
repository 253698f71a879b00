from typing import Any

import pytest
from django.test import RequestFactory

from common.http.client_ip import client_address, network_of


def address(settings: Any, proxies: int, forwarded: str | None, peer: str = "10.0.0.9") -> str:
    settings.PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.2.3.4", "10.0.0.9"),
        (0, None, "10.0.0.9"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
        (1, None, "10.0.0.9"),
        (1, "rubbish", "10.0.0.9"),
        (1, "1.2.3.4:5678", "1.2.3.4"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:DB8::0001", "2001:db8::1"),
        (1, "::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxy_saw(
    settings: Any, proxies: int, forwarded: str | None, expected: str
) -> None:
    assert address(settings, proxies, forwarded) == expected


def test_a_unix_socket_has_no_address(settings: Any) -> None:
    assert address(settings, 0, None, peer="") == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [("1.2.3.4", "1.2.3.4"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", "")],
)
def test_a_subscriber_is_an_address_or_a_64(given: str, expected: str) -> None:
    assert network_of(given) == expected
