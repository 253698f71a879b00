"""GET and DELETE /background-remover/uploads/{id}."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.models import Upload
from common.http.auth import Scope
from common.http.errors import timestamp
from tests.accounts.factories import api_key_for
from tests.batches.uploads.factories import URL, announced, uploaded
from tests.removal.conftest import Files

pytestmark = pytest.mark.django_db


def shown(client: Client, upload: Upload) -> dict[str, Any]:
    answer = client.get(f"{URL}/{upload.public_id}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()["data"]
    return found


def test_all_there_is_to_say(api: Client, owner: User) -> None:
    [upload] = announced(owner, 1000)
    assert shown(api, upload) == {
        "uploadId": upload.public_id,
        "filename": "0.jpg",
        "reference": None,
        "url": None,
        "contentType": "image/jpeg",
        "size": 1000,
        "status": "pending",
        "error": None,
        "createdAt": timestamp(upload.created_at),
        "expiresAt": timestamp(upload.expires_at),
        "usedAt": None,
    }


def test_status(api: Client, owner: User) -> None:
    [upload] = uploaded(owner)
    assert shown(api, upload)["status"] == "uploaded"
    Upload.objects.update(used_at=timezone.now(), batch_id=1)
    assert shown(api, upload)["status"] == "used"


def test_status_after_the_expiry(api: Client, owner: User) -> None:
    [upload] = uploaded(owner, now=timezone.now() - timedelta(hours=7))
    assert shown(api, upload)["status"] == "expired"


def test_deleting_takes_the_file_along(api: Client, owner: User, stored: Files) -> None:
    [upload] = uploaded(owner)
    answer = api.delete(f"{URL}/{upload.public_id}")
    assert answer.json()["data"] == {"uploadId": upload.public_id, "deleted": True}
    assert list(stored) == []
    assert api.get(f"{URL}/{upload.public_id}").status_code == 404
    assert api.delete(f"{URL}/{upload.public_id}").status_code == 404


def test_an_upload_that_a_batch_has_used_stays(api: Client, owner: User, stored: Files) -> None:
    [upload] = uploaded(owner)
    Upload.objects.update(used_at=timezone.now(), batch_id=1)
    assert api.delete(f"{URL}/{upload.public_id}").status_code == 409
    assert len(list(stored)) == 1


@pytest.mark.parametrize("method", ["get", "delete"])
def test_only_its_owner_knows_of_it(
    owner: User, stranger: Client, staff: Client, method: str
) -> None:
    [upload] = uploaded(owner)
    for client, status in ((stranger, 404), (staff, 404), (Client(), 401)):
        assert getattr(client, method)(f"{URL}/{upload.public_id}").status_code == status
    assert Upload.objects.count() == 1


def test_scopes(owner: User) -> None:
    [upload] = uploaded(owner)
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    client = Client(headers={"x-api-key": key})
    assert client.get(f"{URL}/{upload.public_id}").status_code == 200
    assert client.delete(f"{URL}/{upload.public_id}").status_code == 403


@pytest.mark.parametrize("upload_id", ["upl_unknown", "%00", "job_1"])
def test_unknown_identifiers(api: Client, upload_id: str) -> None:
    assert api.get(f"{URL}/{upload_id}").status_code == 404
