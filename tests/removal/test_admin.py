import pytest
from django.test import Client

from accounts.models import User
from billing import ledger
from tests.accounts.factories import UserFactory
from tests.removal.factories import completed, queued, row

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
    assert "1 cancelled, 1 no longer queued" in page
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=97, held=0)


def test_is_for_staff_only(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get(URL).status_code == 302
