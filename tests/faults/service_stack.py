"""The whole service as `bin/up` runs it, every process of it a real one that a test may kill.

Postgres, Valkey, web, the workers and beat are started by the sandbox's own commands. What ends
is started again at once, as a supervisor or a container platform would.
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
import urllib3

from sandbox import application
from sandbox.application import ROOT, Address
from sandbox.ports import LOOPBACK, listen
from sandbox.postgres import Postgres
from sandbox.process import Child, Process, wait_ready
from sandbox.valkey import Valkey
from sandbox.watchdog import Watchdog

UNLIMITED = "1000000/60/1000000"
PATIENCE_S = 240.0
# Faults should be healed within seconds, or a test would mostly wait.
QUICK = {
    "BATCH_LEASE_S": "3",
    "SWEEP_INTERVAL_S": "1",
    "BATCH_SLICE_S": "5",
    "BATCH_TIME_LIMIT_S": "20",
    "RATE_LIMIT_BATCH_START": UNLIMITED,
    "RATE_LIMIT_STATUS": UNLIMITED,
    "SIGNUP_BONUS_CREDITS": "100000",
    "LOG_LEVEL": "INFO",
}


class Unavailable(Exception):
    """503: something that the service needs is unavailable at this moment."""


# Both in one process, because each takes seconds to start.
_PREPARE = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
call_command("create_demo", "--json")
from accounts.models import User
from billing import ledger
customer = User.objects.get(is_staff=False)
ledger.grant(user_id=customer.pk, credits=10_000, key="faults", reason="enough for every batch")
"""
# Looks on from inside the database, whoever changes a batch and however they die.
_WITNESS = """
CREATE TABLE witness (at bigserial PRIMARY KEY, batch text NOT NULL, status text NOT NULL);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness (batch, status) VALUES (NEW.public_id, NEW.status);
    RETURN NULL;
END
$$;
CREATE TRIGGER witness AFTER UPDATE ON batches_batch FOR EACH ROW
    WHEN ((OLD.status, OLD.completed_at) IS DISTINCT FROM (NEW.status, NEW.completed_at))
    EXECUTE FUNCTION witness();
"""


class ServiceStack:
    """Processes by name, and the API as a customer uses it."""

    def __init__(
        self,
        var: Path,
        stack: contextlib.ExitStack,
        app: str,
        left_out: str,
        settings: Mapping[str, str],
    ) -> None:
        self.var = var
        self._watchdog = Watchdog()
        stack.callback(self._watchdog.close)
        self._stopping = threading.Event()
        self._children: dict[str, Child] = {}
        self._processes: dict[str, Process] = {}
        self._lock = threading.Lock()
        self.restarts = 0
        stack.callback(self._stop)
        self.postgres = Postgres(var)
        self.valkey = Valkey(var / "valkey")
        (var / "valkey").mkdir()
        self._start(self.postgres.child(), self.valkey.child())
        listener = listen(LOOPBACK, 0)
        assert listener
        stack.enter_context(listener)
        self.address = Address(host=LOOPBACK, port=listener.getsockname()[1])
        self.env = {
            **application.environment(
                var=var,
                address=self.address,
                database_url=self.postgres.url,
                redis_url=self.valkey.url,
                mail_port=9,
            ),
            **QUICK,
            "EMAIL_URL": "console://",
            **settings,
        }
        Path(self.env["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True)
        self.key = json.loads(self.manage("shell", "--no-imports", "-c", _PREPARE))["apiKey"]
        with psycopg.connect(self.postgres.url) as connection:
            connection.execute(_WITNESS)
        children = application.children(
            var=var, address=self.address, listener=listener.fileno(), env=self.env
        )
        self._start(*(_tuned(child, app) for child in children if child.name != left_out))
        self._guard = threading.Thread(target=self._look_after, daemon=True)
        self._guard.start()

    def manage(self, *arguments: str) -> str:
        """Output of a management command. Raises CalledProcessError."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def pids(self, name: str) -> list[int]:
        """The worker's own process, then its children."""
        leader = psutil.Process(self._processes[name].pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            return [leader.pid, *(child.pid for child in leader.children())]
        return [leader.pid]

    def kill_child(self, name: str) -> None:
        """SIGKILL to the process that computes; its parent starts another."""
        for pid in self.pids(name)[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_group(self, name: str) -> None:
        """SIGKILL to a service and its children at once; it is started again."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._processes[name].pid, signal.SIGKILL)

    def restart_postgres(self) -> None:
        """`pg_ctl restart -m immediate`: no checkpoint, every connection cut, then recovery."""
        os.kill(self._processes["postgres"].pid, signal.SIGQUIT)

    def empty_broker(self) -> None:
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def history(self, batch: str) -> list[str]:
        """The states that a batch entered, in order; each as often as it was entered."""
        found = self.rows("SELECT status FROM witness WHERE batch = %s ORDER BY at", batch)
        return [str(status) for (status,) in found]

    def archives(self, batch: str) -> list[str]:
        """The names of all objects that lie under the batch's name, half-written ones included."""
        folder = Path(self.env["MEDIA_ROOT"]) / "batches"
        return sorted(path.name for path in folder.iterdir() if batch in path.name)

    def start(self, photos: list[bytes], *, tier: str = "basic") -> str:
        """The id of a new batch."""
        fields = [("images", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        answer = self._request("POST", "", fields=[*fields, ("tier", tier)])
        assert answer.status == 201, answer.data
        return str(answer.json()["data"]["batchId"])

    def status(self, batch: str) -> dict[str, Any]:
        answer = self._request("GET", f"/{batch}")
        assert answer.status == 200, answer.data
        found: dict[str, Any] = answer.json()["data"]
        return found

    def ended(self, batch: str) -> int:
        """The number of its images that have ended, by the rows."""
        [(count,)] = self.rows(
            "SELECT count(*) FROM removal_job j JOIN batches_batch b ON b.id = j.batch_id "
            "WHERE b.public_id = %s AND j.status IN ('completed', 'failed', 'cancelled')",
            batch,
        )
        return int(count)

    def archive(self, batch: str) -> zipfile.ZipFile:
        answer = self._request("GET", f"/{batch}/download")
        assert answer.status == 200, answer.data
        return zipfile.ZipFile(io.BytesIO(answer.data))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait; what fails because something was killed is asked again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(
                psycopg.OperationalError, urllib3.exceptions.HTTPError, Unavailable
            ):
                if condition():
                    return
            assert time.monotonic() < deadline, f"waited in vain; see {self.var}"
            time.sleep(0.05)

    def _request(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        url = f"{self.address.url}/v1/background-remover/batch{path}"
        headers = {"X-API-Key": self.key}
        answer = urllib3.request(method, url, headers=headers, retries=False, timeout=60, **options)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise Unavailable(answer.data)
        return answer

    def _start(self, *children: Child) -> None:
        for child in children:
            self._children[child.name] = child
            self._spawn(child)
        for child in children:
            wait_ready(self._processes[child.name])

    def _spawn(self, child: Child) -> None:
        logs = self.var / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{child.name}.log").open("ab") as output:
            self._processes[child.name] = Process(child, watchdog=self._watchdog, output=output)

    def _look_after(self) -> None:
        while not self._stopping.wait(0.1):
            with self._lock:
                for name, process in list(self._processes.items()):
                    if process.returncode() is not None and not self._stopping.is_set():
                        process.stop()
                        # The pid file of the old server would keep the new one from starting.
                        child = self.postgres.child() if name == "postgres" else None
                        self._spawn(child or self._children[name])
                        self.restarts += 1

    def _stop(self) -> None:
        self._stopping.set()
        with self._lock:
            for name in reversed(list(self._processes)):
                self._processes[name].kill()
                self._processes[name].stop()


def _tuned(child: Child, app: str) -> Child:
    """With another Celery app, and as eager for the processor as everybody else; one web process
    is enough.
    """
    argv = list(child.argv[3:] if child.argv[0] == "nice" else child.argv)
    if "--workers" in argv:
        argv[argv.index("--workers") + 1] = "1"
    return replace(child, argv=tuple(app if word == "config" else word for word in argv))


@contextlib.contextmanager
def running(
    *, app: str = "config", left_out: str = "interactive", **settings: str
) -> Iterator[ServiceStack]:
    """A service stack in a temporary folder; `app` is the workers' Celery app. The process that is
    `left_out` is not started.
    """
    with tempfile.TemporaryDirectory(prefix="lumiku-faults-") as name:
        var = Path(name)
        # Root's Postgres runs under another account, which has to pass through.
        var.chmod(0o711)
        try:
            with contextlib.ExitStack() as stack:
                # Only while it starts: the tests after it need the suite's own again.
                with _without_services():
                    service = ServiceStack(var, stack, app, left_out, settings)
                yield service
        finally:
            Postgres(var).remove()


@contextlib.contextmanager
def _without_services() -> Iterator[None]:
    """Hide the services and settings of the test suite from this stack."""
    names = ("DATABASE_URL", "REDIS_URL", "DATABASE_POOL_MAX", "DJANGO_SETTINGS_MODULE")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
