"""`/auth/me/export`: the ZIP of everything about an account, and who can get it."""

import csv
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import DataExport, User
from accounts.services import erasure, export
from common import storage
from common.http.auth import Scope
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import call, get, post, run_queued
from tests.batches.factories import ended
from tests.removal.conftest import media, stored
from tests.removal.factories import customer, row

__all__ = ["media", "stored"]

pytestmark = pytest.mark.django_db

URL = "/auth/me/export"
FILES = {
    "profile.json",
    "api-keys.csv",
    "sessions.csv",
    "mails.csv",
    "pictures.csv",
    "batches.csv",
    "billing-settings.json",
    "ledger.csv",
    "invoices.csv",
    "orders.csv",
    "subscriptions.csv",
    "quota.csv",
    "webhook-endpoints.csv",
    "webhook-deliveries.csv",
    "pictures-to-learn-from.csv",
}


@pytest.fixture
def user(db: None) -> User:
    return customer(100)


def ask(user: User) -> Any:
    return post(URL, auth=bearer(user))


def shown(user: User) -> Any:
    return get(URL, auth=bearer(user)).json()["data"]["export"]


def built(user: User) -> zipfile.ZipFile:
    """The ZIP of a new export, fetched as the owner does."""
    ask(user)
    export.run()
    return zipfile.ZipFile(io.BytesIO(fetched(shown(user)["downloadUrl"])))


def fetched(url: str) -> bytes:
    answer: Any = fetch(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    return b"".join(answer.streaming_content)


def fetch(url: str) -> Any:
    parts = urlsplit(url)
    return Client().get(f"{parts.path}?{parts.query}")


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


@pytest.mark.django_db(transaction=True)
def test_it_is_built_in_the_background_and_a_mail_is_sent_when_it_is_ready(user: User) -> None:
    assert shown(user) is None
    answer = ask(user)
    assert answer.status_code == 202
    assert answer.json()["data"]["export"]["status"] == "waiting"
    assert "accounts.tasks.build_exports" in run_queued()
    assert shown(user)["status"] == "ready"
    [sent] = mail.outbox
    assert sent.subject == "Your Lumiku data is ready"
    assert "/app/account#export" in sent.body
    assert "signature" not in sent.body


def test_it_holds_the_data_of_every_app(user: User) -> None:
    row(user, filename="holiday.jpg")
    ended(user, images=2, name="Shoes")
    archive = built(user)
    assert set(archive.namelist()) == FILES
    assert archive.testzip() is None
    assert json.loads(archive.read("profile.json"))["email"] == user.email
    assert "holiday.jpg" in {line["fileName"] for line in rows(archive, "pictures.csv")}
    assert [line["name"] for line in rows(archive, "batches.csv")] == ["Shoes"]
    assert rows(archive, "ledger.csv")[0]["creditsChange"] == "100"


def test_it_holds_no_secret_and_nobody_else_s_data(user: User) -> None:
    secret, other = api_key_for(user), customer()
    row(other, filename="theirs.jpg")
    archive = built(user)
    text = "".join(archive.read(name).decode() for name in archive.namelist())
    key = user.api_keys.get()
    assert [line["id"] for line in rows(archive, "api-keys.csv")] == [key.public_id]
    for hidden in (secret, key.digest, user.password, PASSWORD, "theirs.jpg", other.email):
        assert hidden not in text


def test_a_text_that_looks_like_a_formula_is_none_in_a_spreadsheet(user: User) -> None:
    row(user, filename="=1+1.jpg")
    assert rows(built(user), "pictures.csv")[0]["fileName"] == "'=1+1.jpg"


def test_one_is_built_at_a_time(user: User) -> None:
    first = ask(user).json()["data"]["export"]["id"]
    assert ask(user).json()["data"]["export"]["id"] == first
    export.run()
    assert export.request(user=user, now=timezone.now()).public_id != first


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_share_one(user: User) -> None:
    def one(_: int) -> str:
        try:
            return str(export.request(user=user, now=timezone.now()).public_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(one, range(6)))) == 1


def test_it_may_be_asked_for_only_now_and_then(user: User, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "data_export": (2, 86_400, 2)}
    assert [ask(user).status_code for _ in range(3)] == [202, 202, 429]


@pytest.mark.parametrize("staff", [False, True])
def test_others_see_nothing_of_it(user: User, staff: bool) -> None:
    built(user)
    assert shown(UserFactory(is_staff=staff)) is None


def test_nobody_gets_it_without_logging_in_the_scope_or_the_signature(user: User) -> None:
    auth = f"Bearer {api_key_for(user, [Scope.REMOVAL_READ, Scope.BILLING_READ])}"
    built(user)
    assert [get(URL).status_code, post(URL).status_code] == [401, 401]
    assert [get(URL, auth=auth).status_code, post(URL, auth=auth).status_code] == [403, 403]
    path = urlsplit(shown(user)["downloadUrl"]).path
    assert Client().get(path).status_code == 404
    assert Client().get(path, headers={"Authorization": bearer(user)}).status_code == 404
    assert fetch(shown(user)["downloadUrl"][:-1] + "x").status_code == 404


def test_it_expires_and_its_file_goes(user: User) -> None:
    built(user)
    url, later = shown(user)["downloadUrl"], timezone.now() + timedelta(hours=73)
    DataExport.objects.update(expires_at=timezone.now())
    assert shown(user)["downloadUrl"] is None
    assert fetch(url).status_code == 404
    assert export.purge(now=later) == 1
    assert not list(storage.listed("exports/"))
    assert shown(user) is None


def test_a_file_that_no_export_names_goes_too(user: User) -> None:
    storage.put("exports/export_1-0.zip", b"PK", content_type="application/zip")
    assert export.purge(now=timezone.now()) == 0
    assert export.purge(now=timezone.now() + timedelta(hours=2)) == 1


def test_a_failed_attempt_is_repeated_and_leaves_no_file(user: User, settings: Settings) -> None:
    right = settings.ACCOUNT_EXPORT
    settings.ACCOUNT_EXPORT = ["tests.accounts.test_data_export.broken"]
    ask(user)
    export.run()
    assert not list(storage.listed("exports/"))
    assert "OSError" in DataExport.objects.get().last_error
    settings.ACCOUNT_EXPORT = right
    export.run(clock=lambda: timezone.now() + timedelta(hours=1))
    assert DataExport.objects.get().status == "ready"


def broken(*, user: User) -> Any:
    raise OSError("the disk is away")


def test_it_goes_with_the_account(user: User) -> None:
    built(user)
    erasure.erase_account(user=user, by=user, reason="", now=timezone.now())
    erasure.run()
    assert not DataExport.objects.exists()
    assert not list(storage.listed("exports/"))


def test_an_erasure_takes_it_from_the_worker(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is erased while the ZIP is written."""
    write = export._write

    def erased_meanwhile(row: DataExport, key: str) -> int:
        size = write(row, key)
        export.forget(user=user)
        return size

    monkeypatch.setattr(export, "_write", erased_meanwhile)
    ask(user)
    export.run()
    assert not DataExport.objects.exists()
    assert not list(storage.listed("exports/"))


def test_unsafe_methods_are_refused(user: User) -> None:
    assert call("delete", URL, auth=bearer(user)).status_code == 405
