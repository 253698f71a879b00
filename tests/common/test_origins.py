from typing import Any

import pytest

from common.http.origins import is_ours


@pytest.fixture(autouse=True)
def _ours(settings: Any) -> None:
    settings.BASE_URL = "https://api.example.com"
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org", "https://shop.example.net"]
    settings.ALLOWED_HOSTS = ["localhost", "api.example.com", "[::1]"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [("https://api.example.com", "api.example.com"), ("https://API.example.com:443", "other"),
     ("https://a.b.example.org", "x"), ("https://shop.example.net", "x"),
     ("http://localhost:8000", "localhost:8000"), ("http://[::1]:8000", "[::1]:8000")],
)  # fmt: skip
def test_our_pages(origin: str, host: str) -> None:
    assert is_ours(origin, host=host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [("", "localhost"), ("null", "localhost"), ("https://evil.com", "localhost"),
     ("http://api.example.com", "x"), ("https://example.org", "x"), ("https://xexample.org", "x"),
     ("https://shop.example.net.evil.com", "x"), ("https://evil.com", "evil.com"),
     ("http://localhost:9000", "localhost:8000"), ("https://api.example.com/x", "x"),
     ("file://", "localhost"), ("https://[broken", "localhost"),
     ("https://evil.com#.example.org", "x")],
)  # fmt: skip
def test_other_pages(origin: str, host: str) -> None:
    assert not is_ours(origin, host=host)


def test_plain_pages_are_not_ours_where_cookies_are_for_https(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    assert not is_ours("http://localhost:8000", host="localhost:8000")


def test_any_host_does_not_mean_any_page(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert not is_ours("https://evil.com", host="api.example.com")
