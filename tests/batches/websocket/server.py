"""The web server as `bin/up` starts it, with its two processes, and a Valkey that may be killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from sandbox import application
from sandbox.application import Address
from sandbox.ports import LOOPBACK, listen
from sandbox.process import Child
from sandbox.valkey import Valkey

PATIENCE_S = 60.0


@contextmanager
def process(child: Child, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs from when it is ready until the end of the block."""
    with log.open("ab") as file:
        started = subprocess.Popen(
            child.argv,
            cwd=child.cwd,
            env=dict(child.env),
            stdout=file,
            stderr=file,
            pass_fds=child.descriptors,
            start_new_session=True,
        )
    try:
        until(child.ready or (lambda: True), log)
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextmanager
def web(redis_url: str, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The URL of the sockets, and the process that serves them."""
    listener = listen(LOOPBACK, 0)
    assert listener
    with listener:
        address = Address(host=LOOPBACK, port=listener.getsockname()[1])
        child = application.web(
            address, listener=listener.fileno(), env=_environment(redis_url, folder)
        )
        with process(child, folder / "web.log") as started:
            yield address.url.replace("http:", "ws:") + "/v1/background-remover/ws", started


@contextmanager
def valkey(server: Valkey, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with process(replace(server.child(), cwd=folder), folder / "valkey.log") as started:
        yield started


def until(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def _environment(redis_url: str, folder: Path) -> dict[str, str]:
    database = connection.settings_dict
    user = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    location = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": f"postgresql://{user}@{location}",
        "DATABASE_POOL_MAX": "8",
        "REDIS_URL": redis_url,
        "VAR_DIR": str(folder),
    }
