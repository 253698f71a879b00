"""The operators' pages of partners, and `manage.py connect_partner`."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from common.models import OperatorAction
from integrations.models import Partner
from sandbox import partner as sandbox
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/admin/integrations/partner/"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def form(**fields: Any) -> dict[str, Any]:
    return {
        "slug": "avatar-creator",
        "base_url": "https://partner.example/api",
        "token": "secret-token",
        "webhook_secret": "",
        "discount_percentage": 10,
        "allowed_hosts": '["cdn.example"]',
        "active": "on",
        **fields,
    }


def test_an_operator_connects_a_partner_and_its_token_is_stored_encrypted(operator: Client) -> None:
    assert operator.post(f"{URL}add/", form()).status_code == 302
    partner = Partner.objects.get()
    assert partner.token == "secret-token"
    assert "secret-token" not in str(list(Partner.objects.values()))
    assert OperatorAction.objects.filter(action="partner.connect").exists()


def test_an_empty_token_keeps_the_stored_one_and_no_page_shows_it(operator: Client) -> None:
    operator.post(f"{URL}add/", form())
    partner = Partner.objects.get()
    page = f"{URL}{partner.pk}/change/"
    assert operator.post(page, form(token="", discount_percentage=20)).status_code == 302
    partner.refresh_from_db()
    assert (partner.token, partner.discount_percentage) == ("secret-token", 20)
    assert "secret-token" not in operator.get(page).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://partner.example"},
        {"allowed_hosts": '"cdn.example"'},
        {"base_url": "https://partner.example/api?key=1"},
        {"base_url": "https://partner.example/api#part"},
        {"base_url": "https://user:word@partner.example/api"},
        {"webhook_secret": "whsec_"},
        {"webhook_secret": "whsec_abc"},
        {"webhook_secret": "no base64 at all"},
        {"allowed_hosts": "[7]"},
        {"discount_percentage": 101},
    ],
)
def test_a_connection_that_cannot_work_is_refused(operator: Client, wrong: dict[str, Any]) -> None:
    assert operator.post(f"{URL}add/", form(**wrong)).status_code == 200
    assert not Partner.objects.exists()


def test_the_connection_is_tested_and_the_answer_shown(
    operator: Client, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    partner = connect("avatar-creator")
    chosen = {"action": "test_connection", "_selected_action": [partner.pk]}
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "200 application/json" in page
    app.shutdown()
    app.server_close()
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "Nothing could be fetched" in page
    assert OperatorAction.objects.filter(action="partner.test").count() == 2


def test_customers_have_no_such_page(connect: Callable[..., Partner]) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get(URL).status_code == 302


def test_the_command_connects_and_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_TOKEN", "one")
    call_command(
        "connect_partner", "avatar-creator", "--base-url=http://a.example", "--discount=10"
    )
    monkeypatch.delenv("PARTNER_TOKEN")
    call_command("connect_partner", "avatar-creator", "--base-url=http://b.example")
    partner = Partner.objects.get()
    assert (partner.base_url, partner.token) == ("http://b.example", "one")


@pytest.mark.parametrize(
    "wrong", [["--base-url=nonsense"], ["--base-url=http://a.example", "--discount=101"]]
)
def test_the_command_says_what_is_wrong(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("connect_partner", "avatar-creator", *wrong)
