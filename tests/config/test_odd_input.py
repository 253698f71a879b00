"""NUL characters and huge numbers in every kind of input."""

import json
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.accounts.factories import PASSWORD, UserFactory, api_key_for
from tests.accounts.http import error, get

pytestmark = pytest.mark.django_db

HUGE = "9" * 4301
ODD = ("a%00b", HUGE, "%ff")


@pytest.fixture
def boss() -> Client:
    """An operator's browser, without CSRF checks, which these tests are not about."""
    user, client = UserFactory(is_staff=True, is_superuser=True), Client()
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    return client


def pages() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]


@pytest.mark.parametrize("odd", ODD)
def test_odd_input_breaks_no_admin_list(boss: Client, odd: str) -> None:
    for path in pages():
        for name in ("q", "p", "o", "status__exact", "id", "user__id__exact"):
            status = boss.get(f"{path}?{name}={odd}").status_code
            assert status in {200, 302, 400}, (path, name)
            if "%00" in odd:
                assert status == 400


@pytest.mark.parametrize("odd", ODD)
def test_odd_input_breaks_no_admin_page(boss: Client, odd: str) -> None:
    for path in pages():
        for tail in ("change/", "delete/", "history/", ""):
            assert boss.get(f"{path}{odd}/{tail}").status_code in {302, 400, 403, 404, 405}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "path",
    [
        "/background-remover/admin/jobs",
        "/background-remover/admin/stats",
        "/background-remover/jobs",
        "/background-remover/batch",
        "/background-remover/stats",
        "/billing/ledger",
        "/billing/invoices",
        "/webhooks/deliveries",
    ],
)
def test_odd_input_breaks_no_api_list(path: str, odd: str) -> None:
    key = api_key_for(UserFactory(is_staff=True, is_superuser=True))
    names = (
        "status",
        "tier",
        "page",
        "limit",
        "user",
        "batch",
        "before",
        "startDate",
        "period",
        "x",
    )
    for name in names:
        response = get(f"{path}?{name}={odd}", **{"X-API-Key": key})
        assert response.status_code in {200, 400, 404, 429}, (name, response.content)
        if "%00" in odd:
            assert response.status_code in {400, 404}


def test_a_cookie_with_a_nul_is_refused() -> None:
    client = Client(HTTP_COOKIE='sessionid="abcdefgh\\000ijkl"')
    for path in ("/v1/auth/me", "/admin/"):
        response = client.get(path)
        assert (response.status_code, error(response)["code"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "size", [HUGE, "-" + HUGE, "1" + "0" * 30, "1e400", "NaN", "Infinity", "1.5", "null"]
)
def test_the_size_of_an_upload_is_a_size(size: str) -> None:
    body = f'{{"files": [{{"filename": "a.png", "contentType": "image/png", "size": {size}}}]}}'
    response = send("/background-remover/uploads", body)
    assert response.status_code == 400
    assert speaks_for_itself(response)


@pytest.mark.parametrize("size", [HUGE, "9" * 900, "9" * 20])
def test_a_size_that_is_written_as_text_has_bounds_too(size: str) -> None:
    files = [{"filename": "a.png", "contentType": "image/png", "size": size}]
    response = send("/background-remover/uploads", json.dumps({"files": files}))
    assert response.status_code == 400
    assert speaks_for_itself(response)


@pytest.mark.parametrize(
    "body",
    ["{", "[1,]", '{"a": 01}', "", "'a'", '{"a": NaN}', '{"a": 1e999}', '{"a": ' + HUGE + "}"],
)
def test_malformed_json_gets_our_own_message(body: str) -> None:
    response = send("/background-remover/pricing/calculate", body)
    assert response.status_code == 400
    assert speaks_for_itself(response)


def send(path: str, body: str) -> Any:
    key = api_key_for(UserFactory())
    return Client().post(
        f"/v1{path}", body, content_type="application/json", headers={"X-API-Key": key}
    )


def speaks_for_itself(response: Any) -> bool:
    text = json.dumps(error(response))
    theirs = ("sys.", "set_int_max", "Expecting", "char ", "parse error", "Traceback", "ValueError")
    return not any(word in text for word in theirs)
