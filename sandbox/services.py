"""Postgres and Valkey: from the environment when it names them, else as child processes."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.postgres import Postgres
from sandbox.private import open_log
from sandbox.process import Child, Process, StartFailed, wait_ready
from sandbox.valkey import Valkey
from sandbox.watchdog import Watchdog

_ATTEMPTS = 3


@dataclass(frozen=True)
class Services:
    """The URLs of the services, and the children to start for them."""

    database_url: str
    redis_url: str
    children: tuple[Child, ...]


def plan(var: Path, *, durable: bool = True) -> Services:
    """Prepare the services that DATABASE_URL and REDIS_URL do not name; starts nothing.

    Raises `StartFailed`, `FileNotFoundError` or `LookupError` with a message for the terminal.
    """
    children: list[Child] = []
    database_url = os.environ.get("DATABASE_URL", "")
    redis_url = os.environ.get("REDIS_URL", "")
    if not database_url:
        postgres = Postgres(var, durable=durable)
        children.append(postgres.child())
        database_url = postgres.url
    if not redis_url:
        valkey = Valkey(var / "valkey")
        children.append(valkey.child())
        redis_url = valkey.url
    return Services(database_url=database_url, redis_url=redis_url, children=tuple(children))


@contextlib.contextmanager
def running(var: Path, *, durable: bool = True) -> Iterator[Services]:
    """Context manager that runs the services; their output goes to `var`/logs."""
    for attempt in range(_ATTEMPTS):
        with contextlib.ExitStack() as stack:
            watchdog = Watchdog()
            stack.callback(watchdog.close)
            services = plan(var, durable=durable)
            try:
                for child in services.children:
                    _start(child, var=var, watchdog=watchdog, stack=stack)
            except StartFailed:
                # A port that was free a moment ago may be taken by now, so another is chosen.
                if attempt + 1 == _ATTEMPTS:
                    raise
                continue
            yield services
            return


def _start(child: Child, *, var: Path, watchdog: Watchdog, stack: contextlib.ExitStack) -> None:
    logs = var / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with open_log(logs / f"{child.name}.log") as output:
        process = Process(child, watchdog=watchdog, output=output)
    stack.callback(process.stop)
    wait_ready(process)
