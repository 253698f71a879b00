import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from billing import ledger
from common import storage
from removal.models import Job
from tests.accounts.factories import UserFactory
from tests.removal.factories import completed, photo, queued, row

URL = "/admin/removal/job/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_lists_and_filters(operator: Client, owner: User) -> None:
    waiting, failed = row(owner, status="queued"), row(owner, status="failed")
    page = operator.get(URL, {"status": "failed"}).content.decode()
    assert failed.public_id in page
    assert waiting.public_id not in page


def test_nothing_can_be_edited_added_or_deleted(operator: Client, owner: User) -> None:
    job = row(owner)
    page = operator.get(f"{URL}{job.pk}/change/").content.decode()
    assert 'name="status"' not in page
    assert operator.get(f"{URL}add/").status_code == 403
    assert operator.get(f"{URL}{job.pk}/delete/").status_code == 403


def test_cancels_what_waits_and_nothing_else(operator: Client, owner: User) -> None:
    waiting, done = queued(owner), completed(owner)
    chosen = {"action": "cancel", "_selected_action": [waiting.pk, done.pk]}
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "1 done" in page
    assert f"{done.public_id}: The job is completed" in page
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_is_for_staff_only(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get(URL).status_code == 302


def test_tries_a_failed_job_again_once(operator: Client, owner: User) -> None:
    failed = queued(owner)
    Job.objects.filter(pk=failed.pk).update(
        status="failed", error_code="INTERNAL_ERROR", completed_at=failed.created_at
    )
    for _ in range(2):
        operator.post(URL, {"action": "retry", "_selected_action": [failed.pk]})
    again = Job.objects.get(status="queued")
    assert (again.tier, again.filename, again.user) == (failed.tier, failed.filename, owner)
    assert again.original_key != failed.original_key


def test_does_not_try_again_what_is_no_longer_there(operator: Client, owner: User) -> None:
    failed = queued(owner)
    Job.objects.filter(pk=failed.pk).update(
        status="failed", error_code="INTERNAL_ERROR", completed_at=failed.created_at
    )
    storage.delete(failed.original_key)
    chosen = {"action": "retry", "_selected_action": [failed.pk]}
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "Its original is no longer kept" in page
    assert Job.objects.count() == 1


def test_a_files_name_is_no_markup(operator: Client, owner: User) -> None:
    job = row(owner, filename="<img src=x onerror=alert(1)>.jpg")
    page = operator.get(f"{URL}{job.pk}/change/").content.decode()
    assert "<img src=x" not in page


def test_does_not_try_again_what_went_well(operator: Client, owner: User) -> None:
    chosen = {"action": "retry", "_selected_action": [row(owner).pk]}
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "Only a failed or cancelled single can be tried again" in page


def test_opens_the_files(operator: Client, owner: User) -> None:
    job = queued(owner)
    page = operator.get(f"{URL}{job.pk}/change/").content.decode()
    [link] = re.findall(r'href="(/uploads/[^"]+)"', page)
    answer = Client().get(unescape(link))
    assert answer.status_code == 200
    assert b"".join(answer) == photo()


def test_looking_is_not_operating(owner: User) -> None:
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = Client()
    client.force_login(looker)
    waiting = queued(owner)
    client.post(URL, {"action": "cancel", "_selected_action": [waiting.pk]})
    waiting.refresh_from_db()
    assert waiting.status == "queued"
