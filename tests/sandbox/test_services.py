"""Real Postgres and Valkey, started, killed and started again."""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox import binaries
from sandbox.account import stand_in
from sandbox.ports import accepts
from sandbox.postgres import Postgres, end_orphan
from sandbox.process import Process, wait_ready
from sandbox.services import Services, running
from sandbox.watchdog import Watchdog


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Root's Postgres runs under another account, which has to pass through this folder.
        folder.chmod(0o711)
        yield folder
        Postgres(folder).remove()


@pytest.fixture(autouse=True)
def _own_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def var() -> Iterator[Path]:
    with _folder() as folder:
        yield folder


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    watchdog = Watchdog()
    yield watchdog
    watchdog.close()


def _start(postgres: Postgres, watchdog: Watchdog) -> Process:
    with (postgres.var / "log").open("ab") as output:
        process = Process(postgres.child(), watchdog=watchdog, output=output)
    wait_ready(process)
    return process


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_both_services_answer_ask_for_passwords_and_stop(var: Path) -> None:
    with running(var, durable=False) as services:
        _execute(services.database_url, "SELECT 1")
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.ping()
        _assert_closed_to_strangers(services)
        for secret in ("postgres.json", "valkey/valkey.conf"):
            assert (var / secret).stat().st_mode & 0o077 == 0
    for url in (services.database_url, services.redis_url):
        assert not accepts(urlsplit(url).port or 0)


def _assert_closed_to_strangers(services: Services) -> None:
    password = urlsplit(services.database_url).password or ""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(services.database_url.replace(password, "guess"))
    port = urlsplit(services.redis_url).port or 0
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_data_survives_a_stop(var: Path) -> None:
    with running(var, durable=False) as services:
        _execute(services.database_url, "CREATE TABLE kept (id int)")
    with running(var, durable=False) as services:
        _execute(services.database_url, "SELECT * FROM kept")


def test_data_survives_sigkill_without_manual_steps(var: Path, watchdog: Watchdog) -> None:
    postgres = Postgres(var)
    process = _start(postgres, watchdog)
    _execute(postgres.url, "CREATE TABLE kept (id int)")
    os.kill(process.pid, signal.SIGKILL)
    process.stop()

    again = Postgres(var)
    process = _start(again, watchdog)
    _execute(again.url, "SELECT * FROM kept")
    process.stop()


def test_an_orphaned_server_is_stopped_before_the_next_start(var: Path, watchdog: Watchdog) -> None:
    left_over = _start(Postgres(var, durable=False), watchdog)
    postgres = Postgres(var, durable=False)
    process = _start(postgres, watchdog)
    assert left_over.returncode() is not None
    _execute(postgres.url, "SELECT 1")
    process.stop()
    left_over.stop()


def test_a_pid_file_that_names_an_unrelated_process_is_removed(tmp_path: Path) -> None:
    stale = tmp_path / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{tmp_path}\n")
    end_orphan(tmp_path)
    assert not stale.exists()


def test_an_interrupted_initdb_is_repeated(var: Path) -> None:
    half = Postgres(var).state.home / "data.partial"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("1")
    with running(var, durable=False) as services:
        _execute(services.database_url, "SELECT 1")


@pytest.fixture
def closed_var(tmp_path: Path) -> Iterator[Path]:
    (closed := tmp_path / "closed").mkdir(mode=0o700)
    yield closed / "var"
    Postgres(closed / "var").remove()


def test_a_folder_closed_to_others_stays_closed(closed_var: Path) -> None:
    with running(closed_var, durable=False) as services:
        _execute(services.database_url, "SELECT 1")
    assert closed_var.parent.stat().st_mode & 0o077 == 0


@pytest.fixture
def shared_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with _folder() as folder:
        monkeypatch.setattr(binaries, "SHARED_HOME", folder / "shared")
        yield folder / "shared"


@pytest.mark.usefixtures("shared_home")
def test_a_strict_umask_changes_nothing(closed_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    previous = os.umask(0o077)
    try:
        with running(closed_var, durable=False) as services:
            _execute(services.database_url, "SELECT 1")
    finally:
        os.umask(previous)


def test_a_copy_for_another_account_can_be_run_by_it(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "program"
    program.parent.mkdir(mode=0o700)
    program.touch(mode=0o700)
    binaries._open_to_all(program.parent)
    assert [path.stat().st_mode & 0o777 for path in (program.parent, program)] == [0o755, 0o755]


def test_only_root_needs_another_account(tmp_path: Path) -> None:
    account = stand_in(data=tmp_path / "nothing")
    assert (account is not None) == (os.geteuid() == 0)


def test_the_postgres_of_the_wheel_works_too(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = binaries.wheel_folder()
    assert folder
    monkeypatch.setenv("POSTGRES_BIN", str(folder))
    with running(var, durable=False) as services, psycopg.connect(services.database_url) as link:
        assert link.info.server_version // 10_000 == binaries.find().major


def test_data_of_a_missing_version_is_explained(var: Path) -> None:
    data = Postgres(var).data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9")
    with pytest.raises(FileNotFoundError, match=r"written by Postgres 9.*--reset"):
        Postgres(var).child()


def test_urls_of_the_environment_take_precedence(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    with running(var) as services:
        assert services.children == ()
        assert services.database_url == "postgresql://elsewhere/db"
        assert services.redis_url == "redis://elsewhere/0"
