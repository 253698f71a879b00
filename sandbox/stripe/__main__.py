"""`python -m sandbox.stripe --port 4242`: starts the server on loopback.

Its API key is `sk_test_sandbox`, or the value of SANDBOX_STRIPE_SECRET_KEY; deliveries to
--webhook-url are signed with SANDBOX_STRIPE_WEBHOOK_SECRET.
"""

import argparse
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.ports import LOOPBACK, listen, port_of
from sandbox.stripe.events import set_default_endpoint
from sandbox.stripe.server import Server
from sandbox.stripe.world import Settings

_KEY = "SANDBOX_STRIPE_SECRET_KEY"
_WEBHOOK_SECRET = "SANDBOX_STRIPE_WEBHOOK_SECRET"  # noqa: S105


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT."""
    given = _parser().parse_args(arguments)
    listener = socket.socket(fileno=given.fd) if given.fd else listen(LOOPBACK, given.port)
    if listener is None:
        print(f"Port {given.port} is taken.", file=sys.stderr)
        return 1
    settings = Settings(
        base_url=given.base_url or f"http://127.0.0.1:{port_of(listener)}",
        secret_key=os.environ.get(_KEY) or "sk_test_sandbox",
        publishable_key=given.publishable_key,
        after_retries=given.after_retries,
    )
    server = Server(listener, settings, given.database)
    if given.webhook_url:
        with server.world.store.transaction():
            secret = os.environ.get(_WEBHOOK_SECRET) or f"whsec_{secrets.token_urlsafe(24)}"
            set_default_endpoint(server.world, given.webhook_url, secret)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop_soon())
    print(f"The payment sandbox listens on {settings.base_url}", flush=True)
    server.run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="where to listen, on 127.0.0.1")
    where.add_argument("--fd", type=int, help="number of an inherited socket that listens")
    add("--database", type=Path, help="file that keeps all objects (default: nothing is kept)")
    add("--base-url", help="how browsers reach it (default: 127.0.0.1 and the port)")
    add("--publishable-key", default="pk_test_sandbox")
    add("--webhook-url", help="where to post all events")
    add(
        "--after-retries",
        choices=("cancel", "unpaid", "past_due"),
        default="cancel",
        help="what becomes of a subscription that could not be paid for (default %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
