from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.models import OperatorAction, OutgoingMail
from integrations.models import Delivery, Partner
from integrations.webhooks import sender
from tests.accounts.factories import UserFactory
from tests.integrations.webhooks.factories import delivery, endpoint, record
from tests.removal.server import Reply, Server

pytestmark = pytest.mark.django_db
URL = "/admin/integrations/delivery/"
ENDPOINTS = "/admin/integrations/endpoint/"
EVENTS = "/admin/integrations/event/"


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


def test_the_list_names_the_partner_and_what_went_wrong(operator: Client, owner: User) -> None:
    partner = Partner.objects.create(slug="avatar-creator", base_url="https://partner.example")
    delivery(owner, partner=partner, last_error="Nothing could be fetched from this address")
    delivery(owner, response_status=507, last_error="The address answered with status 507")
    page = operator.get(URL).content.decode()
    assert "Partner avatar-creator</a>" in page
    assert "Nothing could be fetched" in page
    assert "answered with status 507" not in page
    assert ">507<" in "".join(page.split())
    # What an operator looks for is not pushed off the screen.
    assert page.index("Status") < page.index("Subject")


def test_a_delivery_s_page_begins_with_its_state_and_names_its_receiver(
    operator: Client, owner: User
) -> None:
    partner = Partner.objects.create(slug="avatar-creator", base_url="https://partner.example")
    found = delivery(owner, partner=partner, last_error="It was refused")
    page = operator.get(f"{URL}{found.pk}/change/").content.decode()
    assert page.index("It was refused") < page.index("Lease token")
    assert page.count("Partner avatar-creator") == 1


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


def act(operator: Client, action: str, row: Any) -> str:
    chosen = {"action": action, "_selected_action": [row.pk]}
    return operator.post(f"{ENDPOINTS}", chosen, follow=True).content.decode()


def test_an_endpoint_that_fails_is_seen_and_its_delivery_replayed(
    operator: Client, owner: User, receiver: Server
) -> None:
    receiver.answer = lambda _: Reply(503, b"busy")
    made = endpoint(owner, url=receiver.url).endpoint
    sent = delivery(owner, endpoint=made, url=made.url)
    sender.deliver_due(clock=timezone.now, for_s=30)
    assert "failing" in operator.get(ENDPOINTS).content.decode()
    page = operator.get(f"{URL}{sent.pk}/change/").content.decode()
    assert "The address answered with status 503" in page
    assert "webhook-signature: v1," in unescape(page)
    receiver.answer = lambda _: Reply(200, b"ok")
    operator.post(URL, {"action": "replay", "_selected_action": [sent.pk]})
    sender.deliver_due(clock=timezone.now, for_s=30)
    sent.refresh_from_db()
    assert sent.status == "delivered"


def test_a_test_event_is_sent_and_noted(operator: Client, owner: User) -> None:
    made = endpoint(owner).endpoint
    assert "1 done" in act(operator, "send_test", made)
    sent = Delivery.objects.get()
    assert (sent.event, sent.endpoint) == ("endpoint.test", made)
    line = OperatorAction.objects.get(action="endpoint.test")
    assert line.after == {"made": sent.public_id}


def test_an_endpoint_is_turned_off_and_on_with_a_mail_and_lines(
    operator: Client, owner: User
) -> None:
    made = endpoint(owner).endpoint
    act(operator, "turn_off", made)
    made.refresh_from_db()
    assert (made.active, made.disabled_reason) == (False, "operator")
    assert OutgoingMail.objects.filter(kind="integrations.webhook_disabled").count() == 1
    act(operator, "turn_on", made)
    made.refresh_from_db()
    assert (made.active, made.disabled_reason) == (True, "")
    assert OperatorAction.objects.count() == 2


def test_the_page_of_an_endpoint_shows_no_secret(operator: Client, owner: User) -> None:
    made = endpoint(owner)
    page = operator.get(f"{ENDPOINTS}{made.endpoint.pk}/change/").content.decode()
    assert made.endpoint.public_id in page
    assert made.secret not in page
    assert made.endpoint.secret not in page


def test_events_are_listed_without_signatures(operator: Client, owner: User) -> None:
    event = record(owner, data={"zipUrl": "https://x.example/a.zip?signature=opens-it"})
    assert event.public_id in operator.get(EVENTS).content.decode()
    page = unescape(operator.get(f"{EVENTS}{event.pk}/change/").content.decode())
    assert "a.zip" in page
    assert "opens-it" not in page


def test_looking_alone_allows_no_act(owner: User) -> None:
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_endpoint"))
    client = Client()
    client.force_login(looker)
    act(client, "send_test", endpoint(owner).endpoint)
    assert not Delivery.objects.exists()
