from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.factories import UserFactory
from tests.integrations.webhooks.factories import delivery

pytestmark = pytest.mark.django_db
URL = "/admin/integrations/delivery/"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_lists_and_filters(operator: Client, owner: User) -> None:
    waiting = delivery(owner)
    dead = delivery(owner, subject="batch_2", status="dead", ended_at=timezone.now())
    page = operator.get(URL, {"status": "dead"}).content.decode()
    assert dead.public_id in page
    assert waiting.public_id not in page


def test_sends_the_selected_deliveries_again(operator: Client, owner: User) -> None:
    dead = delivery(owner, status="dead", attempts=10, ended_at=timezone.now())
    chosen = {"action": "replay", "_selected_action": [dead.pk]}
    page = operator.post(URL, chosen, follow=True).content.decode()
    assert "1 delivery will be sent again" in page
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("pending", 0)


def test_one_can_be_sent_again_from_its_own_page(operator: Client, owner: User) -> None:
    dead = delivery(owner, status="dead", attempts=10, ended_at=timezone.now())
    page = operator.get(f"{URL}{dead.pk}/change/").content.decode()
    assert "Deliver again" in page
    assert f'name="_selected_action" value="{dead.pk}"' in page


def test_the_page_shows_what_was_sent_without_opening_the_files(owner: User) -> None:
    link = "https://api.example.com/batches/batch_1.zip?expires=99&signature=opens-it"
    sent = f'{{"type":"batch.completed","data":{{"zipUrl":"{link}","zipSizeBytes":12345}}}}'
    found = delivery(owner, body=sent, response_excerpt=f"got {link}, thanks")
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client = Client()
    client.force_login(looker)
    for url in (URL, f"{URL}{found.pk}/change/"):
        page = unescape(client.get(url).content.decode())
        assert "opens-it" not in page
    assert f'{link.replace("opens-it", "[redacted]")}","zipSizeBytes":12345' in page
    assert "[redacted], thanks" in page
    assert f">{found.request_id}<" in page


def test_nothing_can_be_edited_added_or_deleted(operator: Client, owner: User) -> None:
    found = delivery(owner)
    assert 'name="url"' not in operator.get(f"{URL}{found.pk}/change/").content.decode()
    assert operator.get(f"{URL}add/").status_code == 403
    assert operator.get(f"{URL}{found.pk}/delete/").status_code == 403


def test_is_for_staff_only(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get(URL).status_code == 302
