"""The Stripe-speaking server as a child process, and how the service finds it."""

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.ports import port_of
from sandbox.private import read_json, write_json
from sandbox.process import Child

_ROOT = Path(__file__).resolve().parent.parent
# The port is the same at every start where it is free, because earlier links contain it.
PORT = 4242
WEBHOOK_PATH = "/v1/billing/webhook"


@dataclass(frozen=True)
class Keys:
    """The keys that the service and the server share."""

    secret: str
    publishable: str
    webhook: str


@dataclass(frozen=True)
class StripeServer:
    """The Stripe-speaking server: its address, its keys, and its command."""

    url: str
    keys: Keys
    child: Child

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that make the service use it."""
        return {
            "STRIPE_API_BASE": self.url,
            "STRIPE_SECRET_KEY": self.keys.secret,
            "STRIPE_PUBLISHABLE_KEY": self.keys.publishable,
            "STRIPE_WEBHOOK_SECRET": self.keys.webhook,
        }


def stripe(
    listener: socket.socket,
    keys: Keys,
    *,
    database: Path | None = None,
    webhook_url: str | None = None,
) -> StripeServer:
    """The server on a listening loopback socket, which stays open for as long as the server runs;
    without `database` its data is lost when it ends.
    """
    options = {
        "--database": str(database) if database else None,
        "--publishable-key": keys.publishable,
        "--webhook-url": webhook_url,
    }
    given = [part for name, value in options.items() if value for part in (name, value)]
    child = Child(
        name="stripe",
        argv=(sys.executable, "-m", "sandbox.stripe", "--fd", str(listener.fileno()), *given),
        cwd=_ROOT,
        # Secrets are passed by environment, so that the list of processes does not show them.
        env={
            **os.environ,
            "SANDBOX_STRIPE_SECRET_KEY": keys.secret,
            "SANDBOX_STRIPE_WEBHOOK_SECRET": keys.webhook,
        },
        descriptors=(listener.fileno(),),
        service=True,
    )
    return StripeServer(url=f"http://127.0.0.1:{port_of(listener)}", keys=keys, child=child)


def saved_keys(path: Path) -> Keys:
    """The keys, generated once, so that they match the data that the server stores."""
    saved = read_json(path)
    fresh = {
        "secret": f"sk_test_{secrets.token_urlsafe(24)}",
        "publishable": f"pk_test_{secrets.token_urlsafe(24)}",
        "webhook": f"whsec_{secrets.token_urlsafe(24)}",
    }
    values = {name: str(saved.get(name) or value) for name, value in fresh.items()}
    if values != saved:
        write_json(path, values)
    return Keys(**values)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Return whether to start the server: the operator has configured no Stripe account."""
    names = ("STRIPE_SECRET_KEY", "STRIPE_SECRET_KEY_FILE")
    return not any(environment.get(name, "").strip() for name in names)
