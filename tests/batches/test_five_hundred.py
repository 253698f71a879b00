"""500 files in one form to a real web process: its memory stays flat and nothing is left."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.models import User
from batches.models import Batch
from removal.models import Job
from tests.accounts.factories import bearer
from tests.batches.web import Form, Web, begin, serving
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo

MEGABYTE = 1024 * 1024
PATIENCE_S = 60.0

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(media: Path, tmp_path: Path) -> Iterator[Web]:
    with serving(media, tmp_path / "tmp") as web:
        yield web


@pytest.fixture
def rich() -> User:
    return customer(credits=5000)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def start(web: Web, form: Form, user: User) -> tuple[int, dict[str, dict[str, object]]]:
    connection = begin(web.port, form, bearer(user))
    for piece in form:
        connection.send(piece)
    response = connection.getresponse()
    try:
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_they_all_arrive_in_flat_memory(web: Web, rich: User, stored: Files) -> None:
    image = photo() + bytes(MEGABYTE // 4)
    assert start(web, Form(image, 2), rich)[0] == 201
    before = web.resident()
    status, answer = start(web, Form(image, 500), rich)
    assert (status, answer["data"]["totalImages"]) == (201, 500)
    assert Job.objects.filter(status="queued", original_size=len(image)).count() == 502
    assert len(list(stored)) == 502
    # The form has 128 MB.
    assert web.peak() - before < 50 * MEGABYTE
    until(lambda: web.drafts() == [])


def test_one_too_many_leaves_nothing(web: Web, rich: User, stored: Files) -> None:
    status, answer = start(web, Form(photo() + bytes(30_000), 501), rich)
    assert (status, answer["error"]["code"]) == (400, "BATCH_TOO_LARGE")
    until(lambda: web.drafts() == [])
    assert (list(stored), Batch.objects.count()) == ([], 0)


def test_a_client_that_goes_away_midway_leaves_nothing(web: Web, rich: User, stored: Files) -> None:
    form = Form(photo() + bytes(MEGABYTE), 60)
    connection = begin(web.port, form, bearer(rich))
    for _, piece in zip(range(120), form, strict=False):
        connection.send(piece)
    until(lambda: web.drafts() != [])
    connection.close()
    until(lambda: web.drafts() == [])
    assert (list(stored), Batch.objects.count()) == ([], 0)


def test_a_killed_process_leaves_no_temporary_file(web: Web, rich: User, stored: Files) -> None:
    form = Form(photo() + bytes(MEGABYTE), 60)
    connection = begin(web.port, form, bearer(rich))
    for _, piece in zip(range(120), form, strict=False):
        connection.send(piece)
    until(lambda: web.drafts() != [])
    web.process.kill()
    web.process.wait()
    connection.close()
    assert (list(web.temporary.iterdir()), list(stored)) == ([], [])
