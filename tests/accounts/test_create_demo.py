import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from billing import ledger
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import get, post

pytestmark = pytest.mark.django_db


def create(state: Path | None = None) -> dict[str, str]:
    out = StringIO()
    call_command("create_demo", json=True, state=state, stdout=out)
    demo: dict[str, str] = json.loads(out.getvalue())
    return demo


def test_every_printed_credential_works() -> None:
    demo = create()

    assert set(demo) == {"email", "password", "apiKey", "adminEmail", "adminPassword"}
    login = post("/auth/login", {"email": demo["email"], "password": demo["password"]})
    assert login.json()["data"]["user"]["role"] == "user"
    admin = {"email": demo["adminEmail"], "password": demo["adminPassword"]}
    assert post("/auth/login", admin).json()["data"]["user"]["role"] == "admin"
    me = get("/auth/me", **{"X-API-Key": demo["apiKey"]}).json()["data"]
    assert me["email"] == demo["email"]


def test_gives_the_credits_once() -> None:
    for _ in range(3):
        demo = create()

    user = User.objects.get(email=demo["email"])
    assert ledger.balance(user_id=user.pk).available == 1000


def test_keeps_the_secrets_of_the_state_file(tmp_path: Path) -> None:
    state = tmp_path / "up.json"
    demo = create()
    state.write_text(json.dumps({"url": "http://localhost:8000", **demo}))

    assert create(state) == demo


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"apiKey": 7, "password": null}'])
def test_a_broken_state_file_means_new_secrets(tmp_path: Path, text: str) -> None:
    state = tmp_path / "up.json"
    state.write_text(text)
    first = create()

    second = create(state)

    assert second["apiKey"] != first["apiKey"]
    assert get("/auth/me", **{"X-API-Key": first["apiKey"]}).status_code == 401
    assert get("/auth/me", **{"X-API-Key": second["apiKey"]}).status_code == 200


def test_a_missing_state_file_is_ignored(tmp_path: Path) -> None:
    assert create(tmp_path / "none.json")["apiKey"]


def test_a_password_that_was_changed_since_is_set_back(tmp_path: Path) -> None:
    state = tmp_path / "up.json"
    state.write_text(json.dumps(demo := create()))
    user = User.objects.get(email=demo["email"])
    user.set_password("something else entirely")
    user.save()

    again = create(state)

    assert again["password"] == demo["password"]
    assert post("/auth/login", {"email": demo["email"], "password": demo["password"]})


def test_an_earlier_owner_of_the_address_is_locked_out() -> None:
    squatter = UserFactory(email="admin@lumiku.local")
    auth, key = bearer(squatter), api_key_for(squatter)

    create()

    assert get("/auth/me", auth=auth).status_code == 401
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 401


def test_prints_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_demo")

    assert "demo@lumiku.local" in capsys.readouterr().out
