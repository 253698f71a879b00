"""The same request again: joined while it has no answer, a new one afterwards."""

import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.audit import audit
from config.asgi import application
from integrations.compat import repeats
from integrations.models import Repeat
from removal import runner, services
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.common.http import multipart
from tests.common.test_asgi import running
from tests.concurrency.test_ledger import at_once
from tests.integrations.compat.removebg.calls import URL, client_of, content, post
from tests.removal.factories import customer, photo, uploaded, working

pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def unread(client: Client, **fields: Any) -> Any:
    """An answer that never reaches its caller: nobody reads it."""
    with working():
        answer = client.post(URL, {"image_file": uploaded(), **fields})
    answer.close()
    return answer


def spent(user: User) -> int:
    return 100 - ledger.balance(user_id=user.pk).available


def test_a_request_that_was_answered_is_a_new_one_when_it_comes_again(
    api: Client, owner: User
) -> None:
    assert [post(api).status_code for _ in range(2)] == [200, 200]
    assert (Job.objects.count(), spent(owner)) == (2, 6)
    assert not Repeat.objects.exists()


def test_without_an_answer_it_is_joined_and_charged_once(api: Client, owner: User) -> None:
    lost = unread(api)
    again = post(api)
    assert again.status_code == 200
    assert again.headers["X-Job-Id"] == lost.headers["X-Job-Id"]
    assert (Job.objects.count(), spent(owner)) == (1, 3)
    post(api)
    assert Job.objects.count() == 2


@pytest.mark.parametrize("fields", [{"crop": "true"}, {"size": "medium"}])
def test_other_parameters_make_another_request(api: Client, fields: dict[str, str]) -> None:
    unread(api)
    post(api, **fields)
    assert Job.objects.count() == 2


def test_another_picture_makes_another_request(api: Client) -> None:
    unread(api)
    post(api, image_file=uploaded(photo((90, 60))))
    assert Job.objects.count() == 2


def test_another_key_makes_another_request(api: Client, owner: User) -> None:
    unread(api)
    post(client_of(owner))
    post(client_of(customer()))
    assert Job.objects.count() == 3


@pytest.mark.parametrize(("minutes", "jobs"), [(9, 1), (11, 2)])
def test_it_can_be_joined_for_ten_minutes(api: Client, minutes: int, jobs: int) -> None:
    unread(api)
    past = timezone.now() - minutes * MINUTES
    Job.objects.update(completed_at=past)
    Repeat.objects.update(seen_at=past)
    assert post(api).status_code == 200
    assert Job.objects.count() == jobs


def test_after_an_erasure_there_is_nothing_to_join(api: Client, owner: User) -> None:
    job_id = unread(api).headers["X-Job-Id"]
    services.erase(user_id=owner.pk, job_id=job_id, now=timezone.now())
    assert post(api).status_code == 200
    assert Job.objects.count() == 2


def test_after_a_failure_of_ours_it_is_tried_anew(
    api: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(runner, "cut_out", lambda *_, **__: 1 / 0)
        assert post(api).status_code == 503
    assert post(api).status_code == 200
    assert (Job.objects.count(), spent(owner)) == (2, 3)


def test_many_at_the_same_moment_make_one_job(api: Client, owner: User) -> None:
    with working():
        answers = at_once(8, lambda _: content(api.post(URL, {"image_file": uploaded()}))[:4])
    assert set(answers) == {b"\x89PNG"}
    # Whoever comes after the first answer was sent asks anew.
    assert Job.objects.count() * 3 == spent(owner)
    assert audit(now=timezone.now()).breaches == ()


def test_many_at_the_same_moment_join_while_it_waits_for_a_worker(
    api: Client, owner: User, settings: Any
) -> None:
    settings.SINGLE_TIMEOUT_S = 0.5
    answers = at_once(8, lambda _: api.post(URL, {"image_file": uploaded()}).status_code)
    assert answers == [503] * 8
    assert Job.objects.count() == Repeat.objects.count() == 1
    assert ledger.balance(user_id=owner.pk).held == 3


def test_a_connection_that_breaks_while_the_first_runs(owner: User, settings: Any) -> None:
    """As a client does that gives up after its time-out, closes and sends the same again."""
    key = api_key_for(owner)
    part = 'Content-Disposition: form-data; name="image_file"; filename="photo.jpg"'
    body = multipart((part, photo()))
    head = (
        f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\n"
        f"Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with running(application) as port:
        with socket.create_connection(("127.0.0.1", port)) as broken:
            broken.sendall(head.encode() + body)
            until(Job.objects.exists)
        with working(), socket.create_connection(("127.0.0.1", port)) as again:
            again.sendall(
                head.replace("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n").encode()
            )
            again.sendall(body)
            answer = b"".join(iter(lambda: again.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\x89PNG" in answer
    assert (Job.objects.count(), spent(owner)) == (1, 3)
    assert not Repeat.objects.exists()


def test_results_that_are_not_requested_again_are_purged(api: Client) -> None:
    unread(api)
    assert repeats.purge(now=timezone.now()) == 0
    assert repeats.purge(now=timezone.now() + timedelta(days=2)) == 1


def until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
