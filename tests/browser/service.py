"""A running service for the browser tests, started as users start it: by `bin/up`."""

import email
import email.policy
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import urllib3

from sandbox.application import ROOT
from sandbox.ports import free_port
from sandbox.postgres import Postgres

PASSWORD = "a long enough pass phrase 42"
PATIENCE_S = 300.0
# Limits that no test reaches: all of them come from one address.
_POLICIES = (
    *("SINGLE", "BATCH_START", "STATUS", "SUBSCRIPTION", "LOGIN_ADDRESS", "LOGIN_ACCOUNT"),
    *("LOGIN_ACCOUNT_WIDE", "LOGIN_CODE", "LOGIN_CODE_WIDE", "REGISTER_ADDRESS", "ACCOUNT_MAIL"),
    *("VERIFY_MAIL", "UPLOADS", "ANONYMOUS", "UNAUTHORIZED", "TRIAL", "CONFIRM_PASSWORD"),
)
_SETTINGS = {
    **{f"RATE_LIMIT_{name}": "100000/60/50000" for name in _POLICIES},
    "SIGNUP_BONUS_CREDITS": "5000",
    "SWEEP_INTERVAL_S": "1",
    # Pictures that are fetched lie on this machine, too.
    "FETCH_ALLOW_PRIVATE": "true",
    # The built-in model serves every tier, and nothing is downloaded.
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple/",
    "https_proxy": "http://127.0.0.1:1",
}
_HIDDEN = ("DATABASE_URL", "REDIS_URL", "DATABASE_POOL_MAX", "DJANGO_SETTINGS_MODULE")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Customer:
    """A customer of the running service, registered over its API."""

    email: str
    password: str
    token: str


@dataclass(frozen=True)
class Service:
    """The service's address, its folder, and what `bin/up` printed about it."""

    url: str
    var: Path
    access: dict[str, Any]

    def customer(self) -> Customer:
        """A new customer with welcome credits and nothing else."""
        address = f"customer{next(_numbers)}-{os.getpid()}@example.com"
        body = {"email": address, "password": PASSWORD}
        made = self.call("POST", "/auth/register", body)
        return Customer(address, PASSWORD, made["token"])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """The `data` of an answer of the API; anything but success fails the test."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = urllib3.request(
            method, f"{self.url}/v1{path}", json=body, headers=headers, retries=False, timeout=60
        )
        assert answer.status < 400, answer.data
        return answer.json()["data"]

    def manage(self, *arguments: str) -> str:
        """The output of a management command on the service's data."""
        shown = json.loads((self.var / "environment.json").read_text())
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**_environment(self.var), **shown, "DATABASE_POOL_MAX": "0"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def mail_to(self, address: str) -> EmailMessage:
        """The newest mail to an address, awaited."""
        found: EmailMessage = until(lambda: next(self._mails_to(address), None))
        return found

    def link_to(self, address: str) -> str:
        """The link in the newest mail to an address."""
        body = self.mail_to(address).get_body(("plain",))
        assert body is not None
        found = re.search(r"https?://\S+", body.get_content())
        assert found
        return found[0]

    def _mails_to(self, address: str) -> Iterator[EmailMessage]:
        folder = self.var / "mail"
        for path in sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else ():
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            if address in str(message["To"]):
                yield message


def until(ask: Any, told: Callable[[], str] = str) -> Any:
    """The first result of `ask` that is true; a failure shows the result of `told`."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := ask()):
        assert time.monotonic() < deadline, f"waited in vain: {told()}"
        time.sleep(0.05)
    return found


@contextmanager
def running(**settings: str) -> Iterator[Service]:
    """The whole service: web, workers, beat, payments and a mail sink, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="lumiku-browser-") as name:
        var = Path(name)
        # Root's Postgres runs under another account, which has to pass through.
        var.chmod(0o711)
        port = free_port()
        command = [sys.executable, "-P", "-m", "sandbox.up", "--port", str(port), "--small"]
        with (var / "up.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**_environment(var), **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _started(process, var)
            assert process.poll() is None, f"It ended by itself:\n{(var / 'up.log').read_text()}"
        finally:
            process.terminate()
            process.wait()
            Postgres(var).remove()


def _started(process: "subprocess.Popen[bytes]", var: Path) -> Service:
    def ready() -> bool:
        assert process.poll() is None, (var / "up.log").read_text()
        return "Running." in (var / "up.log").read_text(errors="replace")

    until(ready, told=lambda: (var / "up.log").read_text(errors="replace"))
    access = json.loads((var / "up.json").read_text())
    return Service(access["url"], var, access)


def _environment(var: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    models = {"VAR_DIR": str(var), "U2NET_HOME": str(var / "models"), "PYTHONPATH": str(ROOT)}
    return {**inherited, **_SETTINGS, **models}
