"""GET /processed/…: a result can be read only once a completed job that is settled names it."""

from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from common import storage
from common.http.media import signed_url
from removal import bulk, claims, keys, runner, settlement
from removal.models import Job
from tests.billing.factories import quota_of, subscription_for
from tests.removal.bulk.factories import images
from tests.removal.conftest import Files, client_of
from tests.removal.factories import NOW, completed, customer, queued

pytestmark = pytest.mark.django_db


def computed(job: Job) -> str:
    """The key of the result that a worker has stored and not settled yet."""
    [claimed] = claims.claim(only=Q(pk=job.pk), limit=1, now=timezone.now())
    return runner.cut_out(claimed).key


def statuses(client: Client, key: str) -> tuple[int, int]:
    """The statuses for a file's path: to this caller, and to anyone with a signed link."""
    signed = signed_url(key, now=timezone.now())
    return (read(client, f"/{key}"), read(Client(), signed))


def read(client: Client, path: str) -> int:
    answer: Any = client.get(path)
    answer.getvalue()
    return int(answer.status_code)


def test_a_settled_result_opens(api: Client, owner: User) -> None:
    assert statuses(api, completed(owner).result_key) == (200, 200)


def test_it_is_saved_under_the_name_of_the_original(api: Client, owner: User) -> None:
    answer = api.get(f"/{completed(owner).result_key}")
    answer.getvalue()
    assert answer.headers["Content-Disposition"] == 'inline; filename="removed-photo.png"'


def test_its_key_cannot_be_told_from_the_job(owner: User) -> None:
    one, other = completed(owner), completed(owner)
    assert len(one.result_token) == 32
    assert one.result_token != other.result_token
    assert one.result_token in one.result_key


def test_a_single_that_is_not_charged_yet_is_closed(api: Client, owner: User) -> None:
    job = queued(owner)
    key = computed(job)
    assert storage.exists(key)
    assert statuses(api, key) == (404, 404)
    api.delete(f"/v1/background-remover/jobs/{job.public_id}")
    assert statuses(api, key) == (404, 404)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_an_image_inside_the_quota_is_closed_until_it_counts() -> None:
    user = customer(credits=0)
    subscription_for(user)
    client, job = client_of(user), queued(user)
    assert quota_of(user) == (1, 0)
    key = computed(job)
    assert statuses(client, key) == (404, 404)
    settlement.cancel(job=Job.objects.get(pk=job.pk), now=timezone.now())
    assert statuses(client, key) == (404, 404)
    assert quota_of(user) == (0, 0)


def test_a_result_of_a_dead_worker_cannot_be_read(api: Client, owner: User) -> None:
    job = completed(owner)
    left = keys.result_key(owner.public_id, job.public_id, 2, job.result_token, "png")
    storage.put(left, b"left behind", content_type="image/png")
    assert statuses(api, left) == (404, 404)


def test_an_image_of_a_batch_is_closed_until_the_batch_is_charged(api: Client, owner: User) -> None:
    images(owner, 1)
    [job] = bulk.claim(batch_id=1, limit=1, now=NOW)
    runner.process(job)
    job.refresh_from_db()
    assert (job.status, job.published_key) == ("completed", "")
    assert statuses(api, job.result_key) == (404, 404)
    assert detail(api, job)["processedUrl"] is None
    bulk.charge(batch_id=1, now=timezone.now())
    assert statuses(api, job.result_key) == (200, 200)
    assert detail(api, job)["processedUrl"].startswith(f"/{job.result_key}?")


def test_operators_get_no_link_to_what_is_not_settled(owner: User) -> None:
    images(owner, 1)
    [job] = bulk.claim(batch_id=1, limit=1, now=NOW)
    runner.process(job)
    operator = Client()
    operator.force_login(User.objects.create_superuser("op@example.com", "a long password"))
    chosen = {"action": "open_files", "_selected_action": [job.pk]}
    page = operator.post("/admin/removal/job/", chosen).content.decode()
    assert "/uploads/" in page
    assert "/processed/" not in page


def test_a_result_whose_job_lost_its_lease_goes(owner: User, stored: Files) -> None:
    job = queued(owner)
    [claimed] = claims.claim(only=Q(pk=job.pk), limit=1, now=timezone.now())
    result = runner.cut_out(claimed)
    settlement.cancel(job=claimed, now=timezone.now())
    runner._complete(claimed, result, timezone.now())
    assert list(stored) == [job.original_key]


def detail(client: Client, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/background-remover/jobs/{job.public_id}").json()
    data: dict[str, Any] = found["data"]
    return data
