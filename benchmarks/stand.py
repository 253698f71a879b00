"""The service as `bin/up` runs it, in a temporary folder, for as long as a benchmark needs it."""

import contextlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox import application
from sandbox.application import Address
from sandbox.console import Console
from sandbox.ports import LOOPBACK, listen, reserve
from sandbox.postgres import Postgres
from sandbox.process import Child
from sandbox.services import plan
from sandbox.supervisor import Supervisor

UNLIMITED = "1000000/60/1000000"
_LIMITS = ("RATE_LIMIT_SINGLE", "RATE_LIMIT_STATUS", "RATE_LIMIT_BATCH_START")


@dataclass(frozen=True)
class Stand:
    """A running service: its address, an API key with plenty of credits, its supervisor, and the
    environment of its processes.
    """

    url: str
    api_key: str
    supervisor: Supervisor
    env: Mapping[str, str] = field(repr=False)


@contextlib.contextmanager
def running(*, settings: dict[str, str], worker_app: str = "config") -> Iterator[Stand]:
    """Run web, workers and beat; `worker_app` replaces the workers' Celery app."""
    unlimited = dict.fromkeys(_LIMITS, UNLIMITED)
    os.environ.update({**unlimited, **settings})
    var = Path(tempfile.mkdtemp(prefix="lumiku-bench-"))
    try:
        with Supervisor(logs=var / "logs", console=Console()) as supervisor:
            listener = listen(LOOPBACK, 0)
            assert listener
            with listener, reserve() as mail:
                yield _start(var, listener, mail, supervisor, worker_app)
    finally:
        # As root, the data may lie outside this folder.
        Postgres(var).remove()
        shutil.rmtree(var, ignore_errors=True)


def _start(
    var: Path,
    listener: socket.socket,
    mail_listener: socket.socket,
    supervisor: Supervisor,
    worker_app: str,
) -> Stand:
    address = Address(host=LOOPBACK, port=listener.getsockname()[1])
    services = plan(var)
    mail = application.mail(mail_listener, var / "mail")
    for child in (*services.children, mail.child):
        supervisor.start(child, quiet=True)
    env = application.environment(
        var=var,
        address=address,
        database_url=services.database_url,
        redis_url=services.redis_url,
        mail_port=mail.port,
    )
    Path(env["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    supervisor.task(application.manage("migrate", "migrate", "--no-input", env=env))
    access = json.loads(
        supervisor.task(application.manage("create_demo", "create_demo", "--json", env=env))
    )
    _add_credits(access["email"], env, supervisor)
    for child in application.children(
        var=var, address=address, listener=listener.fileno(), env=env
    ):
        supervisor.start(_with_app(child, worker_app), quiet=True)
    return Stand(url=address.url, api_key=access["apiKey"], supervisor=supervisor, env=env)


def _with_app(child: Child, worker_app: str) -> Child:
    if "celery" not in child.argv or "worker" not in child.argv:
        return child
    argv = tuple(worker_app if word == "config" else word for word in child.argv)
    return replace(child, argv=argv)


def _add_credits(email: str, env: dict[str, str], supervisor: Supervisor) -> None:
    code = (
        "from django.contrib.auth import get_user_model;"
        "from billing import ledger;"
        f"user = get_user_model().objects.get(email={email!r});"
        "ledger.grant(user_id=user.pk, credits=10_000_000, key='benchmark', reason='Benchmark')"
    )
    supervisor.task(application.manage("grant", "shell", "--no-imports", "-c", code, env=env))
