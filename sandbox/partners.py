"""The reference partner application as a child process, and its secrets."""

import base64
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.ports import port_of
from sandbox.private import read_json, write_json
from sandbox.process import Child

_ROOT = Path(__file__).resolve().parent.parent
# The port is the same at every start where it is free.
PORT = 4343
SLUGS = ("avatar-creator", "carousel-mix", "image-upscaler", "pose-generator")


@dataclass(frozen=True)
class PartnerApp:
    """The application as a child process: its address, its secrets and its command."""

    url: str
    token: str
    webhook_secret: str
    child: Child


def saved_secrets(path: Path) -> tuple[str, str]:
    """The token and the webhook secret, generated once."""
    saved = read_json(path)
    fresh = {
        "token": secrets.token_urlsafe(24),
        "webhookSecret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    values = {name: str(saved.get(name) or value) for name, value in fresh.items()}
    if values != saved:
        write_json(path, values)
    return values["token"], values["webhookSecret"]


def partner(listener: socket.socket, *, token: str, webhook_secret: str) -> PartnerApp:
    """The application on a listening loopback socket, which stays open for as long as it runs."""
    child = Child(
        name="partner",
        argv=(sys.executable, "-m", "sandbox.partner", str(listener.fileno())),
        cwd=_ROOT,
        # Secrets are passed by environment, so that the list of processes does not show them.
        env={
            **os.environ,
            "SANDBOX_PARTNER_TOKEN": token,
            "SANDBOX_PARTNER_WEBHOOK_SECRET": webhook_secret,
        },
        descriptors=(listener.fileno(),),
        service=True,
    )
    url = f"http://127.0.0.1:{port_of(listener)}"
    return PartnerApp(url=url, token=token, webhook_secret=webhook_secret, child=child)
