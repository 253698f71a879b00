"""POST /v1.0/improve: pictures to learn from, where an operator offers it."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from common import storage
from common.http.auth import Scope
from integrations import account_erasure, account_export
from integrations.compat.removebg import contributions
from integrations.models import Contribution
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.concurrency.test_ledger import at_once
from tests.integrations.compat.removebg.calls import client_of, code
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo, uploaded
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1.0/improve"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def offered(settings: Settings) -> None:
    settings.REMOVEBG_IMPROVE = True


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def given(client: Client, **fields: Any) -> str:
    answer = client.post(URL, {"image_file": uploaded(), **fields})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"id"}
    number: str = body["id"]
    return number


def test_the_picture_is_kept_free_of_charge(api: Client, owner: User, media: Path) -> None:
    number = given(api, image_filename="../a.jpg", tag="hair")
    kept = Contribution.objects.get()
    assert str(uuid.UUID(number)) == number == str(kept.contribution_id)
    assert (kept.user, kept.filename, kept.tag) == (owner, "a.jpg", "hair")
    assert storage.read(kept.key) == photo()
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_the_same_picture_again_has_the_same_identifier(api: Client, stored: Files) -> None:
    assert set(at_once(4, lambda _: given(api))) == {given(api)}
    assert len(list(stored)) == 1
    assert given(client_of(customer())) != given(api)


def test_an_address_is_fetched(api: Client, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with serving(lambda _: Reply(body=photo())) as server:
        body = {"image_url": f"{server.url}/a.jpg"}
        answer = api.post(URL, body, content_type="application/json")
    assert answer.status_code == 200
    assert Contribution.objects.get().filename == "a.jpg"


def test_where_it_is_not_offered(api: Client, settings: Settings) -> None:
    settings.REMOVEBG_IMPROVE = False
    answer = api.post(URL, {"image_file": uploaded()})
    assert (answer.status_code, code(answer)) == (404, "not_found")
    assert not Contribution.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, "missing_source"),
        ({"image_file": uploaded(), "image_url": "https://example.com"}, "multiple_sources"),
        ({"image_file": uploaded(b"")}, "failed_to_read_image"),
        ({"image_file": uploaded(b"text")}, "invalid_file_type"),
        ({"image_url": "http://127.0.0.1/a.jpg"}, "invalid_image_url"),
        ({"image_file": uploaded(), "tag": "x" * 129}, "invalid_tag"),
    ],
)
def test_what_is_refused_is_not_kept(
    api: Client, stored: Files, fields: dict[str, Any], wanted: str
) -> None:
    answer = api.post(URL, fields)
    assert (answer.status_code, code(answer)) == (400, wanted)
    assert list(stored) == []


def test_an_account_may_give_so_many(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contributions, "MOST", 1)
    given(api)
    answer = api.post(URL, {"image_file": uploaded(photo((90, 60)))})
    assert (answer.status_code, code(answer)) == (400, "too_many_images")
    given(api)


def test_callers_without_a_good_key(owner: User) -> None:
    reads = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    for headers in ({}, {"x-api-key": "wrong"}, {"x-api-key": reads}):
        answer = Client(headers=headers).post(URL, {"image_file": uploaded()})
        assert answer.status_code == 403
        assert code(answer)


def test_they_are_deleted_after_a_time(api: Client, stored: Files) -> None:
    given(api)
    assert contributions.purge(now=timezone.now() + 89 * DAY) == 0
    assert contributions.purge(now=timezone.now() + 91 * DAY) == 1
    assert (Contribution.objects.count(), list(stored)) == (0, [])


def test_a_file_that_no_row_names_is_deleted(api: Client, stored: Files) -> None:
    given(api)
    Contribution.objects.all().delete()
    assert contributions.purge(now=timezone.now()) == 0
    assert contributions.purge(now=timezone.now() + timedelta(hours=2)) == 1
    assert list(stored) == []


def test_they_go_with_their_account_and_are_in_its_export(
    api: Client, owner: User, stored: Files
) -> None:
    number = given(api)
    other = given(client_of(customer()))
    exported = b"".join(chunk for file in account_export.files(user=owner) for chunk in file.chunks)
    assert number.encode() in exported
    assert other.encode() not in exported
    account_erasure.erase(user=owner, now=timezone.now())
    assert [str(left.pk) for left in Contribution.objects.all()] == [other]
    assert len(list(stored)) == 1


def test_operators_see_them(api: Client) -> None:
    number = given(api, tag="hair")
    staff = Client()
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = staff.get("/admin/integrations/contribution/?q=hair")
    assert (page.status_code, number in page.content.decode()) == (200, True)


def test_a_login_may_give_too(owner: User) -> None:
    given(Client(headers={"authorization": bearer(owner)}))
