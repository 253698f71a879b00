"""Operators see batches, cancel and retry them, and edit nothing."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from batches.models import Batch
from common.models import OperatorAction
from tests.accounts.factories import UserFactory
from tests.batches.factories import ended, started

pytestmark = pytest.mark.django_db

LIST = reverse("admin:batches_batch_changelist")


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def act(client: Client, action: str, *batches: Batch) -> Any:
    chosen = {"action": action, "_selected_action": [batch.pk for batch in batches]}
    return client.post(LIST, chosen, follow=True)


def test_lists_and_shows(operator: Client, owner: User) -> None:
    batch = ended(owner)
    assert batch.public_id in operator.get(LIST, {"q": batch.public_id}).content.decode()
    page = operator.get(reverse("admin:batches_batch_change", args=[batch.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content


def test_cancels_what_runs(operator: Client, owner: User) -> None:
    running, done = started(owner), ended(owner)
    answer = act(operator, "cancel", running, done)
    running.refresh_from_db()
    assert running.status == "cancelled"
    shown = [str(message) for message in answer.context["messages"]]
    assert shown == [
        f"{done.public_id}: The batch is completed and can no longer be cancelled",
        "1 done",
    ]


def test_retries_what_failed(operator: Client, owner: User) -> None:
    parent = ended(owner, fail=1)
    act(operator, "retry", parent)
    assert Batch.objects.get(retry_of=parent).user == owner


def test_looking_at_a_batch_hands_out_no_link(operator: Client, owner: User) -> None:
    batch = ended(owner)
    page = operator.get(reverse("admin:batches_batch_change", args=[batch.pk])).content.decode()
    assert "Open files" in page
    assert "signature=" not in page
    assert batch.zip_key not in page


def test_opens_the_archive_and_says_so_in_the_log(operator: Client, owner: User) -> None:
    batch = ended(owner)
    page = act(operator, "open_files", batch).content.decode()
    [link] = re.findall(r'href="(/batches/[^"]+)"', page)
    archive = Client().get(unescape(link))
    assert archive.status_code == 200
    assert b"".join(archive).startswith(b"PK")
    line = OperatorAction.objects.get()
    assert (line.action, line.object_id) == ("batch.open_files", batch.public_id)
    assert line.after == {"files": ["Archive"]}


def test_says_why_nothing_is_retried(operator: Client, owner: User) -> None:
    orphan = ended(owner, fail=1)
    Batch.objects.filter(pk=orphan.pk).update(user=None)
    for batch, why in (
        (ended(owner), "has no image that was"),
        (orphan, "owner is gone"),
    ):
        answer = act(operator, "retry", batch)
        [shown] = [str(message) for message in answer.context["messages"]]
        assert why in shown


def test_adds_and_deletes_nothing(operator: Client, owner: User) -> None:
    batch = ended(owner)
    assert operator.get(reverse("admin:batches_batch_add")).status_code == 403
    assert operator.get(reverse("admin:batches_batch_delete", args=[batch.pk])).status_code == 403


def test_looking_is_not_operating(owner: User) -> None:
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_batch"))
    client = Client()
    client.force_login(looker)
    running, done = started(owner), ended(owner)
    act(client, "cancel", running)
    running.refresh_from_db()
    assert running.status == "pending"
    assert "signature=" not in act(client, "open_files", done).content.decode()


def test_is_for_staff_only(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get(LIST).status_code == 302
