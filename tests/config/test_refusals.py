"""Refused requests, and the cache headers of answers."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import error, get, post

pytestmark = pytest.mark.django_db

MANY = "&".join(f"a{n}=1" for n in range(1100))
PRIVATE = {"Authorization", "X-API-Key", "Cookie"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log output as the process's own handler writes it."""
    handler = next(found for found in logging.root.handlers if found.name == "console")
    before = handler.setStream(text := io.StringIO())  # type: ignore[attr-defined]
    yield text
    handler.setStream(before)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "host", ["evil.example", "a b", "localhost:port", "localhost,evil", "[::1", ""]
)
@pytest.mark.parametrize("path", ["/ready", "/v1/auth/me", "/admin/login/", "/docs", "/nowhere"])
def test_a_wrong_host_is_a_line_in_the_log(host: str, path: str, log: io.StringIO) -> None:
    response = Client(HTTP_HOST=host).get(path)
    assert response.status_code == 400
    assert error(response)["message"] == "This service is not addressed by this Host"
    text = log.getvalue()
    assert "Traceback" not in text
    assert "a request was refused: DisallowedHost" in text


def test_too_many_fields_are_a_line_in_the_log(log: io.StringIO) -> None:
    key = api_key_for(UserFactory())
    form = "application/x-www-form-urlencoded"
    responses = [
        get(f"/background-remover/jobs?{MANY}", **{"X-API-Key": key}),
        Client().get(f"/admin/login/?{MANY}"),
        Client().post("/admin/login/", MANY, content_type=form),
        Client().post("/i18n/language", MANY, content_type=form),
    ]
    assert [response.status_code for response in responses] == [400] * 4
    assert "Traceback" not in log.getvalue()
    assert log.getvalue().count("a request was refused: TooManyFieldsSent") == 4


def test_an_unknown_page_of_the_operators_with_too_many_fields(log: io.StringIO) -> None:
    boss, client = UserFactory(is_staff=True, is_superuser=True), Client()
    client.post("/admin/login/", {"username": boss.email, "password": PASSWORD})
    assert client.get(f"/admin/accounts/user/?{MANY}").status_code == 400
    assert client.get("/admin/accounts/user/?password__startswith=a").status_code in {302, 400}
    assert "Traceback" not in log.getvalue()


def test_private_answers_are_not_cached() -> None:
    user = UserFactory()
    answers = [
        get("/background-remover/jobs", auth=bearer(user)),
        get("/background-remover/batch", auth=bearer(user)),
        get("/auth/me", auth=bearer(user)),
        get("/auth/me"),
        post("/background-remover/batch", auth=bearer(user)),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert {name.strip() for name in answer.headers["Vary"].split(",")} >= PRIVATE


def test_a_token_says_no_store_as_before() -> None:
    user = UserFactory()
    answer = post("/auth/login", {"email": user.email, "password": PASSWORD})
    assert "no-store" in answer.headers["Cache-Control"]
