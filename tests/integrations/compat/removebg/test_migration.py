"""`manage.py migrate_from_removebg` and `manage.py grant_stranded`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from billing import ledger
from common.models import OperatorAction
from integrations.compat.removebg.scan import advice_for
from tests.accounts.factories import UserFactory, api_key_for
from tests.removal.factories import working
from tests.removal.server import Reply, serving


def output(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_every_use_is_found_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\nfrom removebg import RemoveBg\n")
    (tmp_path / "b.sh").write_text("curl https://api.remove.bg/v1.0/removebg\n")
    (tmp_path / "c.js").write_text(
        "const { removeBackgroundFromImageFile } = require('remove.bg')\n"
    )
    (tmp_path / ".env").write_text("REMOVE_BG_API_KEY=abc\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "d.js").write_text("https://api.remove.bg")
    (tmp_path / "e.bin").write_bytes(b"\0api.remove.bg")
    (tmp_path / "f.py").write_text("print('remove the background of an image')\n")
    found = json.loads(output("migrate_from_removebg", "--scan", str(tmp_path), "--json"))
    assert [(Path(use["path"]).name, use["line"]) for use in found] == [
        (".env", 1),
        ("a.py", 2),
        ("b.sh", 1),
        ("c.js", 1),
    ]
    assert "4 lines in 4 files" in output("migrate_from_removebg", "--scan", str(tmp_path))


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("from removebg import RemoveBg", "API_ENDPOINT"),
        ("const removd = require('removd');", "patch-package"),
        ('gem "remove_bg", "~> 2.2"', "RemoveBg::ApiClient"),
        ("RemoveBg.from_file('a.jpg')", "RemoveBg::ApiClient"),
        ('import "github.com/remove-bg/go/client"', "transport"),
        ('"mtownsend/remove-bg": "^2.0"', "PHP package"),
        ("$client->post('https://api.remove.bg/v1.0/removebg');", "the address of your service"),
        ("removebg photo.jpg --account", "hosts entry"),
        ("sudo -u www removebg --account", "hosts entry"),
    ],
)
def test_each_client_has_its_advice(line: str, advice: str) -> None:
    assert advice in advice_for(line)


def test_a_code_base_without_any_use_is_reported_as_such(tmp_path: Path) -> None:
    assert "Nothing here" in output("migrate_from_removebg", "--scan", str(tmp_path))
    with pytest.raises(CommandError, match="not a folder"):
        output("migrate_from_removebg", "--scan", str(tmp_path / "none"))


@pytest.mark.django_db(transaction=True)
def test_a_key_is_tried_out_with_one_picture(
    owner: User, media: Path, live_server: LiveServer
) -> None:
    with working():
        said = output(
            "migrate_from_removebg", "--check", api_key_for(owner), "--host", live_server.url
        )
    assert "100 credits" in said
    assert "for 3 credits" in said
    assert ledger.balance(user_id=owner.pk).available == 97


@pytest.mark.django_db(transaction=True)
def test_a_wrong_key_and_a_wrong_host_say_what_is_wrong(live_server: LiveServer) -> None:
    with pytest.raises(CommandError, match="403"):
        output("migrate_from_removebg", "--check", "wrong", "--host", live_server.url)
    with pytest.raises(CommandError, match="does not answer"):
        output("migrate_from_removebg", "--check", "wrong", "--host", "http://127.0.0.1:9")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"data": null}'])
def test_another_kind_of_service_is_recognized(body: bytes) -> None:
    with (
        serving(lambda _: Reply(200, body)) as other,
        pytest.raises(CommandError, match="is this the address of the service"),
    ):
        output("migrate_from_removebg", "--check", "key", "--host", other.url)


def listed(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["email,credits", *lines]) + "\n")
    return str(path)


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(is_staff=True)


@pytest.mark.django_db
def test_credits_are_granted_once_and_written_down(tmp_path: Path, staff: User) -> None:
    user = UserFactory(email="ann@example.com")
    path = listed(tmp_path, "Ann@example.com,250", "unknown@example.com,10")
    first = output("grant_stranded", path, "--operator", staff.email)
    assert "250 credits, granted" in first
    assert "10 credits, no account yet" in first
    assert "granted before" in output("grant_stranded", path, "--operator", staff.email)
    assert ledger.balance(user_id=user.pk).available == 250
    assert OperatorAction.objects.filter(action="credits.stranded").count() == 1


@pytest.mark.django_db
def test_another_campaign_grants_again_and_a_dry_run_nothing(tmp_path: Path, staff: User) -> None:
    user = UserFactory(email="ann@example.com")
    path = listed(tmp_path, "ann@example.com,5")
    output("grant_stranded", path, "--operator", staff.email)
    output("grant_stranded", path, "--operator", staff.email, "--campaign", "two")
    output("grant_stranded", path, "--operator", staff.email, "--campaign", "three", "--dry-run")
    assert ledger.balance(user_id=user.pk).available == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    "line",
    [
        "ann,5",
        "ann@example.com,0",
        "ann@example.com,-1",
        "ann@example.com,1.5",
        "a@b.c,٣",
        "a@b.c,1000001",
        "a@b.c,0000000019999999",
        f"a@b.c,{'9' * 200_000}",
    ],
)
def test_a_bad_line_is_named_and_nothing_is_granted(tmp_path: Path, staff: User, line: str) -> None:
    good = UserFactory(email="good@example.com")
    with pytest.raises(CommandError, match="Line 3"):
        output(
            "grant_stranded",
            listed(tmp_path, "good@example.com,7", line),
            "--operator",
            staff.email,
        )
    assert ledger.balance(user_id=good.pk).available == 0


@pytest.mark.django_db
def test_an_address_twice_and_a_stranger_are_refused(tmp_path: Path, staff: User) -> None:
    path = listed(tmp_path, "a@example.com,1", "A@example.com,2")
    with pytest.raises(CommandError, match="already"):
        output("grant_stranded", path, "--operator", staff.email)
    stranger: Any = UserFactory()
    with pytest.raises(CommandError, match="not a member of staff"):
        output("grant_stranded", path, "--operator", stranger.email)
