"""GET /background-remover/batch/{id}/items: every image with what became of it."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from batches.models import Batch
from common import storage
from removal.models import Job
from tests.batches.factories import ended, given_up, started, worked, zipped

pytestmark = pytest.mark.django_db


def items(client: Client, batch: Batch, **query: Any) -> Any:
    return client.get(f"/v1/background-remover/batch/{batch.public_id}/items", query)


def listed(client: Client, batch: Batch, **query: Any) -> list[dict[str, Any]]:
    answer = items(client, batch, **query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["data"]["items"]
    return found


def test_a_finished_image(api: Client, owner: User) -> None:
    first = listed(api, ended(owner))[0]
    assert (first["filename"], first["status"], first["error"]) == ("image0.jpg", "completed", None)
    assert (first["price"], first["creditsUsed"]) == (3, 3)
    assert first["zipName"] == "removed-image0.png"
    assert first["id"].startswith("job_")
    assert f"{first['id']}-removed-1-" in first["processedUrl"]
    assert f"{first['id']}-original.jpg?" in first["originalUrl"]


def test_an_image_that_could_not_be_read(api: Client, owner: User) -> None:
    broken = listed(api, ended(owner, images=2, broken=1))[2]
    assert (broken["filename"], broken["status"]) == ("broken0.jpg", "failed")
    assert broken["error"]["code"] == "INVALID_FILE_TYPE"
    assert broken["error"]["message"]
    assert (broken["creditsUsed"], broken["zipName"]) == (0, None)
    assert (broken["originalUrl"], broken["processedUrl"]) == (None, None)


def test_a_finished_image_can_be_read_only_once_the_batch_is_paid_for(
    api: Client, owner: User
) -> None:
    batch = worked(started(owner))
    [first, *_] = listed(api, batch)
    assert (first["status"], first["processedUrl"]) == ("completed", None)
    zipped(batch)
    assert listed(api, batch)[0]["processedUrl"]


def test_an_undelivered_result_cannot_be_read(api: Client, owner: User) -> None:
    batch = given_up(worked(started(owner)))
    assert {item["processedUrl"] for item in listed(api, batch)} == {None}
    key = Job.objects.filter(batch_id=batch.pk)[0].result_key
    assert storage.exists(key)
    assert api.get(f"/{key}").status_code == 404


def test_names_are_those_in_the_archive(api: Client, owner: User) -> None:
    batch = ended(owner, images=3, fail=1)
    names = [item["zipName"] for item in listed(api, batch) if item["zipName"]]
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
        assert [name for name in archive.namelist() if name != "manifest.csv"] == names


def test_nothing_is_charged_or_named_while_it_runs(api: Client, owner: User) -> None:
    assert {(item["creditsUsed"], item["zipName"]) for item in listed(api, started(owner))} == {
        (0, None)
    }


def test_in_order_and_in_pages(api: Client, owner: User) -> None:
    batch = started(owner, images=5)
    data = items(api, batch, page=2, limit=2).json()["data"]
    assert [item["filename"] for item in data["items"]] == ["image2.jpg", "image3.jpg"]
    assert data["pagination"]["total"] == 5


def test_by_state(api: Client, owner: User) -> None:
    batch = ended(owner, images=2, broken=1)
    assert [item["filename"] for item in listed(api, batch, status="failed")] == ["broken0.jpg"]


def test_others_find_nothing(stranger: Client, staff: Client, owner: User) -> None:
    batch = started(owner)
    assert [items(client, batch).status_code for client in (stranger, staff)] == [404, 404]


def test_each_is_a_job_of_its_own(api: Client, owner: User) -> None:
    [first, *_] = listed(api, ended(owner))
    job = api.get(f"/v1/background-remover/jobs/{first['id']}").json()["data"]
    assert (job["status"], job["creditsUsed"]) == ("completed", 3)
