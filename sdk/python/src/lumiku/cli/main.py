"""The command `lumiku`: its arguments, and its exit statuses."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lumiku import address, errors
from lumiku.cli import batches, credentials, interruption, journal, prices, singles
from lumiku.cli.arguments import parser
from lumiku.cli.console import Console, counted
from lumiku.cli.work import Work, images_in
from lumiku.client import BackgroundRemoverClient
from lumiku.errors import ConfigurationError, LumikuError
from lumiku.protocol import RetryPolicy
from lumiku.version import __version__

USAGE, NOT_AUTHORISED, NOT_PAID, TRY_LATER, REFUSED = 2, 3, 4, 5, 6
_LIMITS = (errors.QuotaExceeded, errors.SpendingCapReached)
# The first that fits decides.
_STATUSES: tuple[tuple[type[LumikuError] | tuple[type[LumikuError], ...], int], ...] = (
    (ConfigurationError, USAGE),
    ((errors.TierNotAllowed, errors.InsufficientCredits, *_LIMITS), NOT_PAID),
    ((errors.Unauthorized, errors.Forbidden), NOT_AUTHORISED),
    ((errors.NotConnected, errors.ServiceUnavailable, errors.RateLimited), TRY_LATER),
    ((errors.InternalError, errors.RequestTimeout, errors.RequestInProgress), TRY_LATER),
    (LumikuError, REFUSED),
)
# A batch may be started five times an hour: the command waits for that, and says so.
_POLICY = RetryPolicy(retries=8, longest_wait_s=3600.0)
# Nothing is under way when `credits` or `login` asks, so it says soon that there is no server.
_BRIEF = RetryPolicy(retries=2)


def entry() -> None:
    """Ends the process with the exit status."""
    interruption.Interruption().install()
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = parser(version=__version__).parse_args(arguments)
    console = Console(as_json=given.json, quiet=given.quiet)
    try:
        run: Callable[[argparse.Namespace, Console], int] = _COMMANDS[given.command]
        return run(given, console)
    except KeyboardInterrupt:
        console.error(interruption.MESSAGE)
        return interruption.STATUS
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return 0
    except (LumikuError, OSError) as problem:
        return _refused(problem, console, command=given.command)


def _refused(problem: LumikuError | OSError, console: Console, *, command: str) -> int:
    console.error(str(problem))
    status = next((code for kind, code in _STATUSES if isinstance(problem, kind)), REFUSED)
    if status == NOT_AUTHORISED and command != "login":
        console.error("`lumiku login` stores a key for a server; LUMIKU_API_KEY gives one for now")
    if console.as_json:
        code = problem.code if isinstance(problem, errors.ApiError) else type(problem).__name__
        console.result({"error": {"code": code, "message": str(problem)}}, [])
    return status


def _client(given: argparse.Namespace, console: Console) -> BackgroundRemoverClient:
    """Client for the address of the arguments, the environment, the last login, or this machine."""
    stored = credentials.load()
    url = address.base_url(given.base_url or os.environ.get("LUMIKU_BASE_URL") or stored.last)
    return BackgroundRemoverClient(
        os.environ.get("LUMIKU_API_KEY") or stored.key_for(url),
        base_url=url,
        retry=_BRIEF if given.command == "credits" else _POLICY,
        on_retry=console.retrying,
    )


def _login(given: argparse.Namespace, console: Console) -> int:
    url = address.base_url(given.base_url)
    if given.key_stdin or not sys.stdin.isatty():
        key = sys.stdin.readline().strip()
    else:
        key = getpass.getpass(f"API key for {url}: ").strip()
    if not key:
        raise ConfigurationError("no key was given")
    with BackgroundRemoverClient(
        key, base_url=url, retry=_BRIEF, on_retry=console.retrying
    ) as client:
        user = client.me()
    file = credentials.save(credentials.load().with_key(url, key))
    fields = {"server": url, "email": user.email, "file": str(file)}
    console.result(fields, [f"Logged in to {url} as {user.email}; the key is in {file}."])
    return 0


def _logout(given: argparse.Namespace, console: Console) -> int:
    stored = credentials.load()
    url = address.base_url(given.base_url or os.environ.get("LUMIKU_BASE_URL") or stored.last)
    credentials.save(stored.without(url))
    console.result({"server": url}, [f"The key for {url} is deleted here, and still valid there."])
    return 0


def _credits(given: argparse.Namespace, console: Console) -> int:
    with _client(given, console) as client:
        found = client.credits()
    fields = {"available": found.available, "held": found.held, "owed": found.owed}
    line = f"{counted(found.available, 'credit')} available, {found.held:,} held for work under way"
    console.result(fields, [line + (f", {found.owed:,} owed" if found.owed else "")])
    return 0


def _remove(given: argparse.Namespace, console: Console) -> int:
    missing = [str(path) for path in given.images if not path.is_file()]
    if missing:
        raise ConfigurationError(f"no such file: {', '.join(missing)}")
    # A file that is named twice is done once.
    paths = list(dict.fromkeys(path.resolve() for path in given.images))
    return _work(
        given,
        console,
        out=given.out or Path("cut-outs"),
        price=lambda work: prices.of_singles(work, paths),
        run=lambda work: singles.remove(work, paths, at_once=given.jobs),
    )


def _batch(given: argparse.Namespace, console: Console) -> int:
    folder = _folder(given.folder)
    return _work(
        given,
        console,
        out=given.out or folder / "cut-outs",
        price=lambda work: prices.of_batches(work, folder),
        run=lambda work: batches.run(work, folder, keep_zip=given.zip),
    )


def _watch(given: argparse.Namespace, console: Console) -> int:
    folder = _folder(given.folder)
    out = given.out or folder / "cut-outs"
    if out.resolve() == folder.resolve():
        raise ConfigurationError("results in the watched folder would be cut out again")
    return _work(
        given,
        console,
        out=out,
        price=lambda work: prices.of_singles(work, images_in(folder)),
        run=lambda work: singles.watch(work, folder, interval_s=given.interval, at_once=given.jobs),
    )


def _work(
    given: argparse.Namespace,
    console: Console,
    *,
    out: Path,
    price: Callable[[Work], int],
    run: Callable[[Work], int],
) -> int:
    """Tell the price with `--dry-run`, which leaves no trace; else do it under the journal."""
    with _client(given, console) as client:

        def work(known: journal.Journal) -> Work:
            return Work(client, console, known, out.resolve(), _options(given), given.retry_failed)

        if given.dry_run:
            return price(work(journal.reading(out)))
        with journal.opened(out) as known:
            return run(work(known))


def _options(given: argparse.Namespace) -> dict[str, Any]:
    options = {"tier": given.tier, **dict(given.option)}
    for name in ("format", "preset", "bg_color", "canvas", "scale", "quality", "model"):
        if getattr(given, name) is not None:
            options[name] = getattr(given, name)
    for name in ("crop", "mask_only"):
        if getattr(given, name):
            options[name] = True
    return options


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ConfigurationError(f"no such folder: {path}")
    return path


_COMMANDS: dict[str, Callable[[argparse.Namespace, Console], int]] = {
    "login": _login,
    "logout": _logout,
    "remove": _remove,
    "batch": _batch,
    "watch": _watch,
    "credits": _credits,
}
