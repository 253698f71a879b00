import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from billing import ledger
from common import storage
from common.models import OperatorAction
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


def open_files(client: Client, *jobs: Job) -> str:
    """The page that the button of a job's page leads to."""
    chosen = {"action": "open_files", "_selected_action": [job.pk for job in jobs]}
    answer = client.post(URL, {**chosen, "_from_page": "1"}, follow=True)
    return answer.content.decode()


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="(/(?:uploads|processed)/[^"]+)"', page)]


def test_looking_at_a_job_hands_out_no_links(operator: Client, owner: User) -> None:
    job = queued(owner)
    page = operator.get(f"{URL}{job.pk}/change/").content.decode()
    assert "Open files" in page
    assert "Original" in page
    assert "signature=" not in page
    assert job.original_key not in page
    assert not OperatorAction.objects.exists()


def test_opens_the_files(operator: Client, owner: User) -> None:
    [link] = links(open_files(operator, queued(owner)))
    answer = Client().get(link)
    assert answer.status_code == 200
    assert b"".join(answer) == photo()


def test_links_to_files_end_soon(operator: Client, owner: User) -> None:
    [link] = links(open_files(operator, queued(owner)))
    [expires] = parse_qs(urlsplit(link).query)["expires"]
    assert int(expires) <= time.time() + 300


def test_opened_files_are_in_the_audit_log(operator: Client, owner: User) -> None:
    jobs = [queued(owner), completed(owner)]
    page = open_files(operator, *jobs)
    assert len(links(page)) == 3
    assert all(job.public_id in page for job in jobs)
    lines = OperatorAction.objects.filter(action="job.open_files")
    assert {line.object_id: line.after for line in lines} == {
        jobs[0].public_id: {"files": ["Original"]},
        jobs[1].public_id: {"files": ["Original", "Result"]},
    }
    assert {line.operator_id for line in lines} == {int(operator.session["_auth_user_id"])}


def test_there_may_be_no_files(operator: Client, owner: User) -> None:
    page = open_files(operator, row(owner))
    assert "No files are kept" in page
    assert not OperatorAction.objects.exists()


@pytest.fixture
def looker() -> Client:
    """Staff who may look at jobs, and nothing else."""
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = Client()
    client.force_login(user)
    return client


def test_looking_is_not_operating(looker: Client, owner: User) -> None:
    waiting = queued(owner)
    looker.post(URL, {"action": "cancel", "_selected_action": [waiting.pk]})
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_looking_is_not_opening(looker: Client, owner: User) -> None:
    job = queued(owner)
    assert "Open files" not in looker.get(f"{URL}{job.pk}/change/").content.decode()
    assert "signature=" not in open_files(looker, job)
    assert not OperatorAction.objects.exists()


def test_a_jobs_page_is_grouped_and_links_to_the_customer(operator: Client, owner: User) -> None:
    job = row(owner, status="failed")
    page = operator.get(f"{URL}{job.pk}/change/").content.decode()
    for title in ("Image", "When", "Money", "Failure", "Original", "Result", "Technical"):
        assert re.search(rf"<h2[^>]*>\s*{title}\s*</h2>", page), title
    link = f'href="/admin/customers/{owner.public_id}/"'
    assert link in page
    assert link in operator.get(URL).content.decode()
    assert "bg-red-100" in page


def test_the_pictures_are_seen_only_after_the_logged_act(operator: Client, owner: User) -> None:
    job = completed(owner)
    assert '<img src="/uploads' not in operator.get(f"{URL}{job.pk}/change/").content.decode()
    page = open_files(operator, job)
    pictures = [unescape(src) for src in re.findall(r'<img src="(/[^"]+signature[^"]+)"', page)]
    assert len(pictures) == 2
    assert all(b"".join(Client().get(picture)) for picture in pictures)
    assert OperatorAction.objects.filter(action="job.open_files").count() == 1
