"""Postgres as a child process, as root or not, with data that survives a restart.

State is stored in `var/postgres.json` (private): the place of the data, the password and the last
port. The server listens on loopback TCP only, with SCRAM passwords. A Unix socket would only add
the 107-byte limit on its path and another way in.
"""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sandbox import binaries
from sandbox.account import Account, can_enter, stand_in
from sandbox.ports import accepts, free_port
from sandbox.private import read_json, write_json
from sandbox.process import Child, StartFailed

USER = "lumiku"
DATABASE = "lumiku"
_MAX_CONNECTIONS = 300
_ORPHAN_GRACE_S = 30.0
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class _State:
    home: Path
    password: str


class Postgres:
    """A server whose data is in `var`, or in `SHARED_HOME` where its account cannot reach `var`.

    `durable=False` trades safety against power cuts for speed, for tests.
    """

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self.var = var.resolve()
        self.durable = durable
        self._state_file = self.var / "postgres.json"

    @cached_property
    def state(self) -> _State:
        """The content of `postgres.json`, which is created at the first start."""
        self.var.mkdir(parents=True, exist_ok=True)
        saved = read_json(self._state_file)
        state = _State(
            home=Path(saved.get("home") or _choose_home(self.var)),
            password=str(saved.get("password") or secrets.token_urlsafe(24)),
        )
        self._save(home=str(state.home), password=state.password)
        return state

    @cached_property
    def port(self) -> int:
        """The last port if it is free, else another. It is chosen once the data exists: other
        processes could take it during the seconds of initdb.
        """
        port = free_port(read_json(self._state_file).get("port"))
        self._save(port=port)
        return port

    def _save(self, **values: str | int) -> None:
        write_json(self._state_file, {**read_json(self._state_file), **values})

    @property
    def data(self) -> Path:
        """The data folder, which may not exist yet."""
        return self.state.home / "data"

    @cached_property
    def account(self) -> Account | None:
        """The account that runs the server; None is the current user."""
        return stand_in(data=self.data)

    @property
    def url(self) -> str:
        """The database URL with the password."""
        return f"postgres://{USER}:{self.state.password}@127.0.0.1:{self.port}/{DATABASE}"

    def child(self) -> Child:
        """Create the data folder if it is missing and return the command to run.

        Raises `StartFailed` or `FileNotFoundError`.
        """
        programs = self._programs()
        if not self.data.exists():
            self._create(programs)
        end_orphan(self.data)
        options = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            f"max_connections={_MAX_CONNECTIONS}",
            "timezone=UTC",
            "log_timezone=UTC",
            *([] if self.durable else _FAST),
        ]
        flags = (word for option in options for word in ("-c", option))
        return Child(
            name="postgres",
            argv=(str(programs / "postgres"), "-D", str(self.data), *flags),
            cwd=self.state.home,
            env=_environment(),
            account=self.account,
            ready=self.is_ready,
            stop_signal=signal.SIGINT,
            stop_timeout_s=30,
            service=True,
        )

    def is_ready(self) -> bool:
        """Return whether the server reports that it is ready and its port is open."""
        return _pid_file(self.data).status == "ready" and accepts(self.port)

    def remove(self) -> None:
        """Delete the data, wherever it is stored. The server must not be running."""
        home = read_json(self._state_file).get("home")
        if home:
            shutil.rmtree(home, ignore_errors=True)
        self._state_file.unlink(missing_ok=True)

    def _programs(self) -> Path:
        version = self.data / "PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        return binaries.within_reach(binaries.find(major=major), self.account).folder

    def _create(self, programs: Path) -> None:
        """Run initdb in a temporary place, so that an interrupted start leaves no partial data."""
        home = self.state.home
        if home.parent == binaries.SHARED_HOME:
            binaries.make_shared_home()
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        partial = home / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        password_file = home / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.state.password)
        if self.account:
            os.chown(home, self.account.uid, self.account.gid)
            os.chown(password_file, self.account.uid, self.account.gid)
        try:
            self._run(
                [
                    *(str(programs / "initdb"), "-D", str(partial), "-U", USER, "-E", "UTF8"),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}", "--locale=C.UTF-8"),
                    *([] if self.durable else ["--no-sync"]),
                ]
            )
        finally:
            password_file.unlink()
        self._run(
            [str(programs / "postgres"), "--single", "-D", str(partial), "postgres"],
            text=f"CREATE DATABASE {DATABASE}\n",
        )
        partial.rename(self.data)

    def _run(self, command: list[str], *, text: str = "") -> None:
        account = self.account
        result = subprocess.run(
            command,
            cwd=self.state.home,
            env=_environment(),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if result.returncode:
            tail = (result.stdout + result.stderr).strip()[-2000:]
            raise StartFailed(f"{Path(command[0]).name} failed:\n{tail}")


@dataclass(frozen=True)
class _PidFile:
    pid: int
    status: str


def _pid_file(data: Path) -> _PidFile:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return _PidFile(pid=int(lines[0]), status=lines[7].strip() if len(lines) > 7 else "")
    except (FileNotFoundError, IndexError, ValueError):
        return _PidFile(pid=0, status="")


def end_orphan(data: Path) -> None:
    """Stop a server, or remove a stale pid file, that a killed supervisor or a reboot left behind.

    Postgres itself refuses to start when the number in a stale file now belongs to any other
    process of the same account, which is common after a container restart.
    """
    pid = _pid_file(data).pid
    if not pid or not Path("/proc/self/cwd").exists():
        return
    if _runs_in(pid, data):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _ORPHAN_GRACE_S
        while _runs_in(pid, data) and time.monotonic() < deadline:
            time.sleep(0.1)
        if _runs_in(pid, data):
            os.kill(pid, signal.SIGKILL)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _runs_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False


def _choose_home(var: Path) -> Path:
    account = stand_in(data=var / "postgres" / "data")
    if account is None or can_enter(var, account):
        return var / "postgres"
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:8]
    return binaries.SHARED_HOME / f"{var.parent.name}-{digest}"


def _environment() -> dict[str, str]:
    """Our environment, without settings meant for another server and with messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}
