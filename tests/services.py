"""Pytest plugin (`-p tests.services`): a Postgres and a Valkey of its own for every run, and for
every process of a run that is spread over several (`-n`).

It has to act before pytest-django reads the settings, which happens before any conftest.py is
loaded. DATABASE_URL and REDIS_URL from the environment win.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
import redis

from sandbox.postgres import Postgres
from sandbox.services import running

_stack = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    options = early_config.known_args_namespace
    if bool(options.numprocesses) and "PYTEST_XDIST_WORKER" not in os.environ:
        yield from _leave_to_the_processes()
        return
    if not (options.help or options.version):
        start()
    yield


def _leave_to_the_processes() -> Generator[None]:
    """Each starts services of its own, whatever the settings fall back on here."""
    if os.environ.get("REDIS_URL"):
        raise pytest.UsageError("REDIS_URL names one server, and every process would empty it")
    given = os.environ.get("DATABASE_URL")
    yield
    if not given:
        os.environ.pop("DATABASE_URL", None)


def pytest_unconfigure() -> None:
    _stack.close()


def start() -> None:
    """Starts what the environment does not name, and names it there."""
    if os.environ.get("REDIS_URL"):
        _borrow_valkey(os.environ["REDIS_URL"])
    # Root starts Postgres under another account, which must be able to pass through.
    var = Path(tempfile.mkdtemp(prefix="lumiku-test-"))
    var.chmod(0o711)
    _stack.callback(shutil.rmtree, var, ignore_errors=True)
    _stack.callback(Postgres(var).remove)
    services = _stack.enter_context(running(var, durable=False))
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url


def _borrow_valkey(url: str) -> None:
    """Every test empties the broker, so one with somebody's keys in it is refused."""
    client = redis.Redis.from_url(url)
    _stack.callback(client.close)
    try:
        keys = client.dbsize()
    except redis.RedisError as problem:
        raise pytest.UsageError(f"REDIS_URL does not answer: {problem}") from None
    if keys:
        _stack.close()
        raise pytest.UsageError("REDIS_URL names a database with keys in it; tests delete them")
    _stack.callback(client.flushdb)
