"""Valkey is killed while a worker works: the worker waits for it, and goes on when it is back."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import current_app

from accounts.models import User
from billing import ledger
from removal.models import Job
from removal.queue import RUN_JOB
from sandbox.process import Process, wait_ready
from sandbox.valkey import Valkey
from sandbox.watchdog import Watchdog
from tests.faults.conftest import StartWorker, has_status, until
from tests.removal.factories import photo, queued

pytestmark = pytest.mark.django_db(transaction=True)


class Broker:
    """A Valkey of the test's own, which it may kill and start again at the same address."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._server = Valkey(home)
        self._watchdog = Watchdog()
        stack.callback(self._watchdog.close)
        stack.callback(self.kill)
        self.url = self._server.url
        self.start()

    def start(self) -> None:
        child = self._server.child()
        with (self._server.home / "log").open("ab") as output:
            self._process = Process(child, watchdog=self._watchdog, output=output)
        wait_ready(self._process)

    def kill(self) -> None:
        self._process.kill()
        self._process.stop()

    def send(self, job: Job) -> None:
        with current_app.connection_for_write(url=self.url) as connection:
            current_app.send_task(
                RUN_JOB.name,
                kwargs={"job_id": job.public_id},
                queue=RUN_JOB.queue,
                connection=connection,
            )


@pytest.fixture
def broker_of_its_own(tmp_path: Path) -> Iterator[Broker]:
    home = tmp_path / "valkey"
    home.mkdir()
    with ExitStack() as stack:
        yield Broker(home, stack)


def test_a_worker_outlives_the_broker(
    owner: User, workers: StartWorker, broker_of_its_own: Broker
) -> None:
    broker = broker_of_its_own
    # One process works while the other waits for a message: the state in which the loss is found.
    worker = workers("--concurrency", "2", REDIS_URL=broker.url)
    during = queued(owner, data=photo((5000, 4000)))
    broker.send(during)
    until(has_status(during, "processing"))
    broker.kill()
    until(has_status(during, "completed"))
    broker.start()
    after = queued(owner)
    broker.send(after)
    until(lambda: has_status(after, "completed")() or worker.poll() is not None)
    assert worker.poll() is None
    assert has_status(after, "completed")()
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=94, held=0)
