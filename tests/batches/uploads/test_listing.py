"""GET /background-remover/uploads and POST …/uploads/discard."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.models import Upload
from common.http.auth import Scope
from tests.accounts.factories import api_key_for
from tests.batches.uploads.factories import URL, announced, file, ids, send, slots, uploaded
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo

PHOTO = photo()
DISCARD = f"{URL}/discard"

pytestmark = pytest.mark.django_db


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["data"]["uploads"]
    return found


def discard(client: Client, upload_ids: Any) -> Any:
    return client.post(DISCARD, {"uploadIds": upload_ids}, content_type="application/json")


def test_after_a_break_it_tells_what_need_not_be_sent_again(api: Client) -> None:
    first, second = slots(api, file(len(PHOTO), reference="a/1"), file(len(PHOTO), reference="b/1"))
    assert send(first, PHOTO).status_code == 200
    there, missing = listed(api)
    assert (there["reference"], there["status"], there["sendTo"]) == ("a/1", "uploaded", None)
    assert (missing["reference"], missing["status"]) == ("b/1", "pending")
    assert missing["sendTo"]["headers"] == second["headers"]
    assert send(missing["sendTo"], PHOTO).status_code == 200
    assert [one["status"] for one in listed(api)] == ["uploaded", "uploaded"]


def test_a_file_that_never_passed_by_us_is_seen_in_storage(api: Client, owner: User) -> None:
    [upload] = uploaded(owner)
    assert upload.arrived_at is None
    assert [one["status"] for one in listed(api)] == ["uploaded"]
    assert Upload.objects.get().arrived_at is not None


def test_used_and_expired_ones_are_not_listed(api: Client, owner: User) -> None:
    announced(owner, 10, now=timezone.now() - timedelta(hours=7))
    used, open_one = announced(owner, 10, 10)
    Upload.objects.filter(pk=used.pk).update(used_at=timezone.now(), batch_id=1)
    assert [one["uploadId"] for one in listed(api)] == [open_one.public_id]


def test_pages_in_the_order_of_announcement(api: Client, owner: User) -> None:
    uploads = announced(owner, *[10] * 5)
    found = [one["uploadId"] for page in (1, 2, 3) for one in listed(api, page=page, limit=2)]
    assert found == ids(uploads)


def test_only_ones_own(api: Client, owner: User, stranger: Client, staff: Client) -> None:
    announced(customer(), 10)
    announced(owner, 10)
    assert (len(listed(api)), len(listed(stranger)), len(listed(staff))) == (1, 0, 0)
    assert Client().get(URL).status_code == 401
    key = api_key_for(owner, scopes=[Scope.REMOVAL_WRITE])
    assert Client(headers={"x-api-key": key}).get(URL).status_code == 403


def test_discarding_takes_the_files_along(api: Client, owner: User, stored: Files) -> None:
    gone, kept = uploaded(owner, PHOTO, PHOTO)
    answer = discard(api, [gone.public_id, "upl_unknown"])
    assert answer.json()["data"] == {"deleted": [gone.public_id]}
    assert list(stored) == [kept.key]
    assert [one["uploadId"] for one in listed(api)] == [kept.public_id]


def test_what_a_batch_has_used_is_not_discarded(api: Client, owner: User, stored: Files) -> None:
    [upload] = uploaded(owner)
    Upload.objects.update(used_at=timezone.now(), batch_id=1)
    assert discard(api, [upload.public_id]).json()["data"] == {"deleted": []}
    assert len(list(stored)) == 1


def test_nobody_else_discards_them(owner: User, stranger: Client, staff: Client) -> None:
    uploads = uploaded(owner)
    for client in (stranger, staff):
        assert discard(client, ids(uploads)).json()["data"] == {"deleted": []}
    assert discard(Client(), ids(uploads)).status_code == 401
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert discard(Client(headers={"x-api-key": key}), ids(uploads)).status_code == 403
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("wanted", [[], "upl_1", [1.5, {}], ["x" * 65], ["upl_1"] * 1001, None])
def test_lists_that_cannot_be(api: Client, wanted: Any) -> None:
    assert discard(api, wanted).status_code == 400
