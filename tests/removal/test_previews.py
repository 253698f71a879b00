"""Previews of jobs: made by the worker, readable with the result, gone with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common import storage
from common.http.media import signed_url
from removal import bulk, claims, erasure, keys, orphans, previews, runner, settlement
from removal.models import Job
from tests.removal.bulk.factories import images
from tests.removal.conftest import Files
from tests.removal.factories import NOW, completed, queued

JOBS = "/v1/background-remover/jobs"

pytestmark = pytest.mark.django_db


def shown(client: Client, job: Job) -> Any:
    return client.get(f"{JOBS}/{job.public_id}").json()["data"]["previews"]


def status(client: Client, address: str) -> int:
    answer: Any = client.get(address)
    answer.getvalue()
    return int(answer.status_code)


def test_a_job_names_four_previews_that_open_without_a_login(api: Client, owner: User) -> None:
    found = shown(api, completed(owner))
    for of in ("original", "result"):
        for size in ("small", "large"):
            answer: Any = Client().get(found[of][size])
            assert answer.getvalue()[8:12] == b"WEBP"
            assert answer.headers["Content-Type"] == "image/webp"


def test_the_list_names_them_too(api: Client, owner: User) -> None:
    job = completed(owner)
    [line] = api.get(JOBS).json()["data"]["jobs"]
    assert line["previews"].keys() == shown(api, job).keys() == {"original", "result"}


def test_without_a_signature_they_are_the_owners_alone(
    api: Client, stranger: Client, staff: Client, owner: User
) -> None:
    address = shown(api, completed(owner))["result"]["small"].partition("?")[0]
    assert status(api, address) == 200
    assert [status(who, address) for who in (stranger, staff, Client())] == [404, 404, 404]


def test_a_job_without_a_result_has_none(api: Client, owner: User) -> None:
    assert shown(api, queued(owner)) is None


def test_none_can_be_read_before_the_batch_is_paid_for(api: Client, owner: User) -> None:
    images(owner, 1)
    [job] = bulk.claim(batch_id=1, limit=1, now=NOW)
    runner.process(job)
    job.refresh_from_db()
    beside = keys.beside(job.result_key)
    assert all(storage.exists(key) for key in beside)
    signed = [signed_url(key, now=timezone.now()) for key in beside]
    assert {status(Client(), address) for address in signed} == {404}
    assert {status(api, f"/{key}") for key in beside} == {404}
    assert shown(api, job) is None
    bulk.charge(batch_id=1, now=timezone.now())
    assert {status(Client(), address) for address in signed} == {200}
    assert shown(api, job) is not None


def test_a_file_that_no_result_has_beside_it_stays_closed(api: Client, owner: User) -> None:
    job = completed(owner)
    stem = job.result_key.rpartition(".")[0]
    other = f"{stem}-notes.webp"
    storage.put(other, b"left behind", content_type="image/webp")
    assert status(api, f"/{other}") == 404


def test_they_go_with_the_job(api: Client, owner: User, stored: Files) -> None:
    job = completed(owner)
    assert len(list(stored)) == 7
    api.delete(f"{JOBS}/{job.public_id}")
    assert list(stored) == []
    assert shown(api, job) is None


def test_those_of_the_original_go_when_it_expires(api: Client, owner: User, stored: Files) -> None:
    job = completed(owner)
    Job.objects.update(created_at=timezone.now() - timedelta(hours=25))
    erasure.expire(now=timezone.now())
    assert not any("original" in name or "mask" in name for name in stored)
    assert shown(api, job)["original"] is None
    assert status(Client(), shown(api, job)["result"]["large"]) == 200


def test_all_go_when_the_result_expires(api: Client, owner: User, stored: Files) -> None:
    job = completed(owner)
    long_ago = timezone.now() - timedelta(days=8)
    Job.objects.update(created_at=long_ago, completed_at=long_ago)
    erasure.expire(now=timezone.now())
    assert list(stored) == []
    assert shown(api, job) is None


def test_the_search_for_orphans_keeps_them(owner: User, stored: Files) -> None:
    completed(owner)
    before = list(stored)
    orphans.reap(now=timezone.now() + timedelta(hours=2))
    assert list(stored) == before


def test_a_job_erased_while_they_are_made_leaves_no_file(owner: User, stored: Files) -> None:
    job = queued(owner)
    [claimed] = claims.claim(only=Q(pk=job.pk), limit=1, now=timezone.now())
    result = runner.cut_out(claimed)
    settlement.complete(job=claimed, result=result, now=timezone.now())
    job.refresh_from_db()
    erasure.erase_ended(job=job, now=timezone.now())
    previews.store(claimed, result)
    assert list(stored) == []


def test_an_original_that_expires_while_they_are_made_is_not_shown(
    owner: User, stored: Files
) -> None:
    job = queued(owner)
    [claimed] = claims.claim(only=Q(pk=job.pk), limit=1, now=timezone.now())
    result = runner.cut_out(claimed)
    settlement.complete(job=claimed, result=result, now=timezone.now())
    job.refresh_from_db()
    erasure.drop_original(job)
    previews.store(claimed, result)
    assert not any("original" in name or "mask" in name for name in stored)


def test_a_result_counts_even_if_they_cannot_be_stored(
    api: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(previews, "_put", away)
    job = completed(owner)
    assert (job.status, job.has_previews) == ("completed", False)
    assert shown(api, job) is None
