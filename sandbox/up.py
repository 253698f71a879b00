"""`bin/up`: starts the whole service on this machine."""

import argparse
import contextlib
import io
import json
import os
import shutil
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import urllib3

from sandbox import application, partners, payments, photos
from sandbox.application import ROOT, Address
from sandbox.console import Console
from sandbox.lock import AlreadyRunning, Lock
from sandbox.ports import listen, reserve
from sandbox.postgres import Postgres
from sandbox.private import write_json
from sandbox.process import Child, StartFailed
from sandbox.services import plan
from sandbox.supervisor import GaveUp, Interrupted, Supervisor

VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
# `manage.py` reads this file, so that its commands find the service that runs here.
ENVIRONMENT = VAR / "environment.json"
DEFAULT_PORT = 8000
_PORTS_TRIED = 100
_INTERRUPTED = 130


@dataclass(frozen=True)
class Options:
    """The command line, checked; paths are absolute."""

    photos: tuple[Path, ...]
    once: bool
    reset: bool
    host: str
    port: int | None
    tier: str
    out: Path
    small: bool
    demo: bool = False
    open: bool = False


class Unusable(Exception):
    """The command line asks for the impossible; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and return the exit status: 0, 1 for a failure, 2 for an invalid command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A photo's name, or a terminal's encoding, must not cause a failure.
        sys.stdout.reconfigure(errors="replace")
    console = Console()
    try:
        options = parse(arguments)
        lock = Lock(VAR / "up.lock")
        lock.acquire()
        if options.reset:
            wipe(keep=lock.path)
            console.say(f"All data under {shown(VAR)} is gone.")
            if os.environ.get("DATABASE_URL"):
                console.say("The database that DATABASE_URL names was left as it is.")
        supervisor = Supervisor(logs=VAR / "logs", console=console, hold=(lock.descriptor,))
    except (Unusable, AlreadyRunning, OSError) as problem:
        console.bad(explain(problem))
        return 2 if isinstance(problem, Unusable) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    with supervisor:
        try:
            return _up(options, supervisor, console)
        except Interrupted:
            console.say("\nStopping…")
            return _INTERRUPTED if options.once else 0
        except Unusable as problem:
            console.bad(str(problem))
            return 2
        except (StartFailed, GaveUp, OSError, LookupError) as problem:
            console.bad(explain(problem))
            return 1
        finally:
            ENVIRONMENT.unlink(missing_ok=True)


def parse(arguments: Sequence[str] | None) -> Options:
    """Parse the command line. Raises `Unusable`, and `SystemExit` for --help and unknown
    options.
    """
    parser = argparse.ArgumentParser(
        prog="bin/up",
        description="Starts the service on this machine and, given photos, cuts them out.",
    )
    add = parser.add_argument
    add("photos", nargs="*", type=Path, metavar="photo", help="a photo to cut out")
    add("--demo", action="store_true", help="cut out samples/ and a partner's picture")
    add("--once", action="store_true", help="stop when the photos are done; 1 if one failed")
    add("--reset", action="store_true", help="first delete all data: everything under var/")
    add("--host", default=_host(), help="address to listen on (default %(default)s)")
    add(
        "--port",
        type=int,
        default=os.environ.get("PORT", "").strip() or None,
        help=f"port to listen on (default {DEFAULT_PORT} or the next free)",
    )
    add(
        "--tier",
        default="standard",
        choices=("basic", "standard", "professional", "industry"),
        help="quality of the cut-outs (default %(default)s)",
    )
    add("--small", action="store_true", help="leave out the large model (165 MB to download)")
    add("--open", action="store_true", help="open the dashboard in a browser")
    add("--out", type=Path, default=VAR / "results", help="folder for them (default var/results)")
    given = parser.parse_args(arguments)
    samples = sorted((ROOT / "samples").glob("*.jpg")) if given.demo else []
    missing = [str(photo) for photo in given.photos if not photo.is_file()]
    if missing:
        raise Unusable(f"No such file: {', '.join(missing)}")
    return Options(
        photos=tuple(photo.resolve() for photo in [*given.photos, *samples]),
        once=given.once,
        reset=given.reset,
        host=given.host,
        port=given.port,
        tier=given.tier,
        out=given.out.resolve(),
        small=given.small,
        open=given.open,
        demo=given.demo,
    )


def _host() -> str:
    """`HOST`, unless it is a name: some shells export the machine's under that one."""
    try:
        return str(ip_address(os.environ.get("HOST", "").strip()))
    except ValueError:
        return "127.0.0.1"


def shown(path: Path) -> str:
    """The path as a user would type it: relative where that is shorter."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def explain(problem: Exception) -> str:
    """The message, with advice where there is some."""
    hint = ""
    if isinstance(problem, PermissionError):
        hint = "\nIf another account ran bin/up here before, run it as that one or chown var/."
    return f"{problem}{hint}"


def wipe(*, keep: Path) -> None:
    """Delete everything under var/ but the acquired lock, and data stored elsewhere."""
    Postgres(VAR).remove()
    for entry in VAR.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != keep:
            entry.unlink()


def open_port(options: Options, console: Console) -> socket.socket:
    """Listen on the wanted port, or the next free one unless it was asked for by number.

    From then on no other process can take it; the web server inherits the socket at every start.
    Raises `Unusable`.
    """
    first = DEFAULT_PORT if options.port is None else options.port
    candidates = range(first, first + (_PORTS_TRIED if options.port is None else 1))
    try:
        opened = (listen(options.host, port) for port in candidates)
        listener = next((one for one in opened if one), None)
    except (OSError, OverflowError) as problem:
        raise Unusable(f"Cannot listen on {options.host}, port {first}: {problem}") from None
    if listener is None:
        raise Unusable(f"Port {first} is taken. Choose another with --port, or leave --port out.")
    if options.port is None and listener.getsockname()[1] != first:
        console.say(f"Port {first} is taken; using {listener.getsockname()[1]}.")
    return listener


def _up(options: Options, supervisor: Supervisor, console: Console) -> int:
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(open_port(options, console))
        if os.geteuid() == 0:
            console.say("You are root: fine for a trial, not for a service that others reach.")
        address = Address(host=options.host, port=listener.getsockname()[1])
        token, secret = partners.saved_secrets(VAR / "partner.json")
        reserved = sockets.enter_context(reserve(partners.PORT))
        app = partners.partner(reserved, token=token, webhook_secret=secret)
        env = _start_services(address, sockets, supervisor, console, app)
        write_json(ENVIRONMENT, application.shared(env))
        credentials = _prepare_data(env, supervisor, console)
        children = _application(address, listener.fileno(), env)
        # The first photos need not wait until what they do not use has started as well.
        first = application.FOR_SINGLES if options.photos and not options.demo else len(children)
        console.say("Starting web, workers and beat…")
        supervisor.start(*children[:first])
        access = {"url": address.url, **credentials, **_payments_page(env)}
        write_json(VAR / "up.json", access)
        _introduce(access, console)
        if options.open and not webbrowser.open(f"{address.url}/"):
            console.say("No browser was found; open the dashboard by hand.")
        supervisor.start(application.models(small=options.small, env=env))
        connected = application.connect_partners(app, env=env)
        if options.demo:
            supervisor.start(connected)
        failed = _cut_out(options, access, supervisor, console) if options.photos else 0
        if not options.once:
            supervisor.start(*children[first:], *([] if options.demo else [connected]))
            console.good("Running. Ctrl-C stops everything.")
            supervisor.run()
        return 1 if failed else 0


def _start_services(
    address: Address,
    sockets: contextlib.ExitStack,
    supervisor: Supervisor,
    console: Console,
    app: partners.PartnerApp,
) -> dict[str, str]:
    services = plan(VAR)
    mail = application.mail(sockets.enter_context(reserve()), VAR / "mail")
    pretended = _payments(address, sockets)
    local = (pretended.child,) if pretended else ()
    started = [*services.children, mail.child, *local, app.child]
    supervisor.start(*started, quiet=True)
    console.say(
        f"Started {', '.join(child.name for child in started)} (logs in {shown(VAR / 'logs')})."
    )
    return application.environment(
        var=VAR,
        address=address,
        database_url=services.database_url,
        redis_url=services.redis_url,
        mail_port=mail.port,
        payments=pretended.environment if pretended else None,
    )


def _payments(address: Address, sockets: contextlib.ExitStack) -> payments.StripeServer | None:
    """The Stripe-speaking server, unless the operator has configured a Stripe account."""
    if not payments.is_wanted(os.environ):
        return None
    return payments.stripe(
        sockets.enter_context(reserve(payments.PORT)),
        payments.saved_keys(VAR / "stripe.json"),
        database=VAR / "stripe" / "objects.sqlite3",
        webhook_url=f"{address.url}{payments.WEBHOOK_PATH}",
    )


def _prepare_data(env: dict[str, str], supervisor: Supervisor, console: Console) -> dict[str, Any]:
    console.say("Preparing the database…")
    stripe = payments.is_wanted(os.environ)
    printed = supervisor.task(application.prepare(VAR / "up.json", stripe=stripe, env=env))
    credentials: dict[str, Any] = json.loads(printed)
    return credentials


def _application(address: Address, listener: int, env: dict[str, str]) -> tuple[Child, ...]:
    """The processes of the service, with their folders made ready."""
    metrics = Path(env["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(metrics, ignore_errors=True)
    for folder in (metrics, Path(env["STATIC_ROOT"]), Path(env["MEDIA_ROOT"])):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return application.children(var=VAR, address=address, listener=listener, env=env)


def _introduce(access: dict[str, Any], console: Console) -> None:
    url = access["url"]
    console.say()
    console.good("Lumiku Background Remover is up.")
    for label, value in (
        ("Dashboard", f"{url}/"),
        ("API", f"{url}/v1"),
        ("API docs", f"{url}/docs"),
        ("Login", f"{access['email']}  {access['password']}"),
        ("API key", access["apiKey"]),
        ("Admin", f"{url}/admin/  {access['adminEmail']}  {access['adminPassword']}"),
        ("Mail", shown(VAR / "mail")),
        ("Payments", access.get("paymentsUrl", "your Stripe account")),
    ):
        console.say(f"  {label:<10} {value}")
    console.say(f"  The same is in {shown(VAR / 'up.json')}.")
    console.say()


def _payments_page(env: dict[str, str]) -> dict[str, str]:
    return {"paymentsUrl": env["STRIPE_API_BASE"]} if payments.is_wanted(os.environ) else {}


def _cut_out(
    options: Options, access: dict[str, Any], supervisor: Supervisor, console: Console
) -> int:
    """Cut out all photos and return how many failed; the children are supervised meanwhile."""
    done: list[Path] = []

    def work() -> None:
        with photos.Client(base_url=access["url"], api_key=access["apiKey"]) as client:
            for photo, target in photos.targets(options.photos, options.out):
                try:
                    result = client.cut_out(photo, tier=options.tier, target=target)
                except (photos.Refused, OSError, urllib3.exceptions.HTTPError) as problem:
                    console.bad(f"{photo.name}: {problem}")
                else:
                    done.append(photo)
                    console.good(describe(photo, result))
            if options.demo:
                _cut_out_pose(client, options, console)

    thread = threading.Thread(target=work, name="photos", daemon=True)
    thread.start()
    supervisor.run(until=lambda: not thread.is_alive())
    return len(options.photos) - len(done)


def _cut_out_pose(client: photos.Client, options: Options, console: Console) -> None:
    """Have a picture of the reference partner application cut out, as an integration does."""
    try:
        saved = client.cut_out_pose("pose_gen_001", tier=options.tier, folder=options.out)
    except (photos.Refused, OSError, urllib3.exceptions.HTTPError) as problem:
        console.bad(f"The partner's picture: {problem}")
    else:
        console.good(f"Partner Pose Generator, pose_gen_001 → {shown(saved)}")


def describe(photo: Path, result: photos.Result) -> str:
    """One line for the terminal."""
    return (
        f"{photo.name} → {shown(result.saved)}  {result.width}×{result.height}, "
        f"{result.credits} credits, {result.milliseconds} ms, model {result.model}"
    )


if __name__ == "__main__":
    sys.exit(main())
