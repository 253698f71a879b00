"""An S3 server that checks what it is sent: Ceph's radosgw over one monitor and one OSD in memory.

Everything lies in a folder of its own and listens on loopback only. No root is needed.
"""

import contextlib
import secrets
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from sandbox.ports import accepts, free_port
from sandbox.process import Child, Process, wait_ready
from sandbox.watchdog import Watchdog
from tests.programs import require

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
_PROGRAMS = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool")

# Nothing is ever copied between machines here, so one copy, one placement group a pool and
# proposals without delay: the whole starts in two seconds instead of forty.
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{monitor}]
ms bind msgr1 = false
ms mon client mode = crc
auth cluster required = none
auth service required = none
auth client required = none
run dir = {home}
crash dir = {home}
log file = {home}/$name.log
admin socket =
pid file =
mon data = {home}/mon
osd data = {home}/osd
osd objectstore = memstore
memstore device bytes = 17179869184
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 0
paxos propose interval = 0.02
paxos min wait = 0.01
[osd]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client]
rgw data = {home}
rgw frontends = beast endpoint=127.0.0.1:{gateway}
rgw multipart min part size = 5242880
"""


@dataclass(frozen=True)
class ObjectStore:
    """A running server and the login of its only user."""

    endpoint: str
    access_key: str
    secret_key: str
    home: Path

    def client(self, **changes: str) -> "S3Client":
        """A boto3 client with path-style addresses; `changes` may hold other credentials."""
        login = {
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            **changes,
        }
        style = Config(signature_version="s3v4", s3={"addressing_style": "path"})
        options: dict[str, Any] = {"endpoint_url": self.endpoint, "region_name": REGION, **login}
        return boto3.client("s3", config=style, **options)

    def environment(self, bucket: str) -> dict[str, str]:
        """The settings of a process that keeps its files here."""
        return {
            "STORAGE_BACKEND": "s3",
            "S3_BUCKET": bucket,
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
            "S3_ADDRESSING_STYLE": "path",
        }

    def storage(self, bucket: str) -> dict[str, Any]:
        """The entry of Django's `STORAGES` for it."""
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": bucket,
                "endpoint_url": self.endpoint,
                "region_name": REGION,
                "access_key": self.access_key,
                "secret_key": self.secret_key,
                "addressing_style": "path",
                "signature_version": "s3v4",
                "default_acl": None,
                "file_overwrite": False,
            },
        }


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """The server, started once for the run; the test is skipped where Ceph is not installed."""
    programs = require(*_PROGRAMS)
    with contextlib.ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="lumiku-s3-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        watchdog = Watchdog()
        stack.callback(watchdog.close)
        yield _Launcher(programs, home, watchdog, stack).start()


@pytest.fixture
def bucket(object_store: ObjectStore, settings: Any) -> Iterator[str]:
    """An empty bucket that Django's default storage uses for the length of the test."""
    name = f"test-{secrets.token_hex(6)}"
    object_store.client().create_bucket(Bucket=name)
    settings.STORAGES = {**settings.STORAGES, "default": object_store.storage(name)}
    yield name
    empty(object_store.client(), name)
    object_store.client().delete_bucket(Bucket=name)


def empty(client: "S3Client", bucket: str) -> None:
    """Deletes every object and every unfinished multipart upload."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            client.delete_object(Bucket=bucket, Key=entry["Key"])
    for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


class _Launcher:
    """Starts the three servers in order; `stack` stops them in reverse."""

    def __init__(
        self,
        programs: dict[str, str],
        home: Path,
        watchdog: Watchdog,
        stack: contextlib.ExitStack,
    ) -> None:
        self._programs = programs
        self._home = home
        self._watchdog = watchdog
        self._stack = stack
        self._fsid = str(uuid.uuid4())
        self._monitor = free_port()
        self._gateway = free_port()

    def start(self) -> ObjectStore:
        text = _CONFIGURATION.format(
            fsid=self._fsid, home=self._home, monitor=self._monitor, gateway=self._gateway
        )
        (self._home / "ceph.conf").write_text(text)
        self._start_monitor()
        self._start_osd()
        self._serve("radosgw", "-n", "client.rgw", ready=lambda: accepts(self._gateway))
        return self._make_user()

    def _start_monitor(self) -> None:
        (self._home / "mon").mkdir()
        monmap = str(self._home / "monmap")
        address = f"[v2:127.0.0.1:{self._monitor}]"
        self._run("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", address, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._serve("ceph-mon", "-i", "a", ready=lambda: accepts(self._monitor))

    def _start_osd(self) -> None:
        (self._home / "osd").mkdir()
        identity = str(uuid.uuid4())
        self._run("ceph", "--connect-timeout", "30", "osd", "new", identity)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._serve("ceph-osd", "-i", "0", ready=None)

    def _make_user(self) -> ObjectStore:
        access_key, secret_key = secrets.token_hex(10).upper(), secrets.token_urlsafe(30)
        self._run(
            *("radosgw-admin", "user", "create", "--uid=lumiku", "--display-name=lumiku"),
            *(f"--access-key={access_key}", f"--secret-key={secret_key}"),
        )
        endpoint = f"http://127.0.0.1:{self._gateway}"
        return ObjectStore(endpoint, access_key, secret_key, self._home)

    def _command(self, program: str, *arguments: str) -> tuple[str, ...]:
        configuration = () if program == "monmaptool" else ("-c", str(self._home / "ceph.conf"))
        return (self._programs[program], *configuration, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = self._command(program, *arguments)
        done = subprocess.run(
            command, cwd=self._home, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def _serve(self, program: str, *arguments: str, ready: Callable[[], bool] | None) -> None:
        child = Child(
            name=program,
            argv=(*self._command(program, *arguments), "-f"),
            cwd=self._home,
            ready=ready,
            stop_timeout_s=5,
        )
        with (self._home / f"{program}.out").open("ab") as output:
            process = Process(child, watchdog=self._watchdog, output=output)
        self._stack.callback(process.stop)
        wait_ready(process)
