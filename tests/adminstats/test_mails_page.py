"""The operators' page of the mail outbox."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.mail import SECOND_FACTOR_CHANGED
from common.mail import delivery, outbox
from common.models import OperatorAction, OutgoingMail
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/common/outgoingmail/"


@pytest.fixture
def row(db: None) -> OutgoingMail:
    """A mail that was sent."""
    outbox.put(
        SECOND_FACTOR_CHANGED,
        user_id=UserFactory().pk,
        key="some-key",
        context={"change": "given new recovery codes"},
        now=timezone.now(),
    )
    assert delivery.send_due() == 1
    return OutgoingMail.objects.get()


def logged_in(**powers: bool) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, **powers))
    return client


def test_the_page_shows_no_content(row: OutgoingMail) -> None:
    page = logged_in(is_superuser=True).get(f"{LIST}{row.pk}/change/")
    assert b"some-key" in page.content
    assert b"recovery codes" not in page.content


def test_sending_again_is_logged(row: OutgoingMail) -> None:
    action = {"action": "send_again", "_selected_action": [row.pk]}
    assert logged_in(is_superuser=True).post(LIST, action).status_code == 302
    assert delivery.send_due() == 1
    [line] = OperatorAction.objects.all()
    assert (line.action, line.before) == ("mail.send_again", {"status": "sent"})


def test_users_and_staff_without_the_permission_can_do_neither(row: OutgoingMail) -> None:
    action = {"action": "send_again", "_selected_action": [row.pk]}
    for client in (logged_in(), Client()):
        assert client.get(LIST).status_code in (302, 403)
        client.post(LIST, action)
    assert delivery.send_due() == 0
