"""A web process of its own on the test's database, and a client that sends forms in pieces."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings

from sandbox.ports import accepts, free_port
from tests.faults.conftest import ROOT, _environment

BOUNDARY = b"xyz"
PATIENCE_S = 60.0
_PIECE = 1024 * 1024


class Web:
    """The process, where it listens, and the folder it may use for temporary files."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, temporary: Path) -> None:
        self.process = process
        self.port = port
        self.temporary = temporary

    def resident(self) -> int:
        """Bytes of its own memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def peak(self) -> int:
        """The most bytes of memory it has had so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def open_files(self) -> list[str]:
        """Paths of its open files, deleted ones included."""
        found = []
        for path in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                found.append(str(path.readlink()))
            except FileNotFoundError:
                continue
        return found

    def drafts(self) -> list[str]:
        """Temporary files: in the folder, or open without a name."""
        unnamed = [name for name in self.open_files() if name.startswith(str(self.temporary))]
        return unnamed + [str(path) for path in self.temporary.iterdir()]


@contextmanager
def serving(media: Path, temporary: Path, **changes: str) -> Iterator[Web]:
    temporary.mkdir()
    port = free_port()
    environment = {
        **os.environ,
        **_environment(media),
        "TMPDIR": str(temporary),
        "SECRET_KEY": settings.SECRET_KEY,
        "JWT_SIGNING_KEY": settings.JWT_SIGNING_KEY,
        **changes,
    }
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "config.asgi:application", *options],
        cwd=ROOT,
        env=environment,
    )
    try:
        until_listening(process, port)
        yield Web(process, port, temporary)
    finally:
        process.kill()
        process.wait()


def until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not accepts(port):
        assert process.poll() is None, "the web process ended"
        assert time.monotonic() < deadline, "the web process does not listen"
        time.sleep(0.05)


class Form:
    """A multipart form that is never whole in memory: the same image under many names."""

    def __init__(self, image: bytes, count: int, tier: str = "basic") -> None:
        self._image = image
        self._names = [b"%04d.jpg" % number for number in range(count)]
        self._end = (
            b'--%s\r\nContent-Disposition: form-data; name="tier"\r\n\r\n%s\r\n--%s--\r\n'
            % (BOUNDARY, tier.encode(), BOUNDARY)
        )

    def __len__(self) -> int:
        heads = sum(len(self._head(name)) for name in self._names)
        return heads + len(self._names) * (len(self._image) + 2) + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        for name in self._names:
            yield self._head(name)
            for start in range(0, len(self._image), _PIECE):
                yield self._image[start : start + _PIECE]
            yield b"\r\n"
        yield self._end

    @staticmethod
    def _head(name: bytes) -> bytes:
        return (
            b'--%s\r\nContent-Disposition: form-data; name="images"; filename="%s"\r\n'
            b"Content-Type: image/jpeg\r\n\r\n" % (BOUNDARY, name)
        )


def begin(port: int, form: Form, authorization: str) -> http.client.HTTPConnection:
    """Send the headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.putrequest("POST", "/v1/background-remover/batch")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY.decode()}")
    connection.putheader("Authorization", authorization)
    connection.putheader("Content-Length", str(len(form)))
    connection.endheaders()
    assert isinstance(connection.sock, socket.socket)
    return connection
