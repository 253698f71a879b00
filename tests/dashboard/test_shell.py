"""The shell of the dashboard's pages: languages, icons, static files, and errors as pages."""

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from dashboard import icons, navigation

APP = Path(navigation.__file__).parent
SPRITE = APP / "static/dashboard/icons.svg"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

pytestmark = pytest.mark.django_db


def sources() -> str:
    files = [*APP.rglob("*.html"), *APP.rglob("*.js"), *APP.glob("*.py")]
    return "\n".join(path.read_text() for path in files)


def test_the_sprite_holds_every_icon_that_a_page_uses() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))
    used = set(re.findall(r'\{% icon "([^"]+)"|\bicon\("([^"]+)"', sources()))
    names = {first or second for first, second in used}
    names |= {link.icon for link in (*navigation.PAGES, *navigation.ACCOUNT, *navigation.PUBLIC)}
    assert drawn == set(icons.NAMES)
    assert len(names) > 5
    assert names - drawn == set()


def test_every_link_of_the_navigation_leads_to_a_page() -> None:
    for link in (*navigation.PAGES, *navigation.ACCOUNT, *navigation.PUBLIC):
        assert reverse(link.address).startswith("/")


def test_pages_and_scripts_hold_nothing_inline_that_the_policy_refuses() -> None:
    for path in APP.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text), path.name
        assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path.name


def test_nothing_comes_from_another_origin() -> None:
    loads = r"""(?:src|href|url\(|from|import)\s*[=( ]?\s*["']?(?:https?:)?//"""
    files = [*APP.rglob("*.html"), *APP.rglob("*.js"), *APP.rglob("*.css")]
    assert [path.name for path in files if re.search(loads, path.read_text())] == []


def test_a_browser_gets_a_page_at_an_unknown_address() -> None:
    page = Client().get("/no-such-page", headers=BROWSER)
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert "There is no page at this address" in page.content.decode()


@pytest.mark.parametrize("path", ["/v1/nothing", "/api/nothing", "/v1"])
def test_the_api_answers_json_also_to_a_browser(path: str) -> None:
    answer = Client().get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_a_drop_in_surface_answers_in_its_own_format_also_to_a_browser() -> None:
    answer = Client().get("/v1.0/nothing", headers=BROWSER)
    assert answer.status_code == 404
    assert "errors" in answer.json()


def test_a_program_gets_json_at_an_unknown_address() -> None:
    answer = Client().get("/no-such-page", headers={"accept": "*/*"})
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_the_policy_of_a_page_allows_nothing_inline() -> None:
    policy = Client().get("/no-such-page", headers=BROWSER).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "connect-src 'self' ws://testserver;" in f"{policy};"


@override_settings(STORAGE_BACKEND="s3", S3_PUBLIC_URL="https://files.example.com/bucket")
def test_the_policy_of_a_page_allows_the_object_store() -> None:
    policy = Client().get("/no-such-page", headers=BROWSER).headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https://files.example.com" in policy
    assert policy.count("https://files.example.com") == 2


def test_the_language_follows_the_browser_until_one_is_chosen() -> None:
    client = Client()
    indonesian = client.get("/no-such-page", headers={**BROWSER, "accept-language": "id"})
    assert '<html lang="id"' in indonesian.content.decode()
    client.post("/i18n/language", {"language": "en"})
    english = client.get("/no-such-page", headers={**BROWSER, "accept-language": "id"})
    assert '<html lang="en"' in english.content.decode()


def test_texts_of_the_api_stay_english() -> None:
    answer = Client(headers={"accept-language": "id"}).post(
        "/v1/auth/login", {"email": "nobody"}, content_type="application/json"
    )
    assert answer.json()["error"]["details"]["fields"]["email"] == ["Enter a valid email address."]


@pytest.mark.parametrize("language", ["en", "id"])
def test_scripts_get_their_translations(language: str) -> None:
    script = Client().get(f"/i18n/{language}/catalog.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "gettext" in script.content.decode()


def test_a_form_without_its_token_is_refused_by_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/i18n/language", {"language": "id"}, headers=BROWSER)
    assert page.status_code == 403
    assert "The form has expired" in page.content.decode()
