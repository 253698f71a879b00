"""Entry point of `manage.py`, which finds the database and broker of a running `bin/up`.

`bin/up` writes its environment to `VAR_DIR`/environment.json while it runs. Variables of the
caller's own environment take precedence, and in production nothing is read.
"""

import json
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

FILE = "environment.json"
_ROOT = Path(__file__).resolve().parents[1]
HINT = "start the service with ./bin/up, or set DATABASE_URL and REDIS_URL"


def adopt(environ: MutableMapping[str, str]) -> None:
    """Add the environment of the running service to `environ`, for variables that are missing
    there.
    """
    if environ.get("LUMIKU_MODE", "embedded") != "embedded" or environ.get("DATABASE_URL"):
        return
    path = Path(environ.get("VAR_DIR") or _ROOT / "var") / FILE
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return
    for name, value in found.items():
        if not environ.get(name, "").strip():
            environ[name] = value


def explain(problem: Exception) -> str:
    """One line for the terminal about a database or broker that does not answer."""
    reason = str(problem).strip().splitlines()[0] if str(problem).strip() else ""
    what = "The database" if "Operational" in type(problem).__name__ else "Valkey"
    return f"{what} does not answer ({reason or type(problem).__name__}): {HINT}"


def main(argv: list[str]) -> int:
    """Run `manage.py` and return its exit status. `--traceback` shows the whole error."""
    adopt(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    # A command has one connection and must not wait for a pool to fill.
    os.environ.setdefault("DATABASE_POOL_MAX", "0")
    # The import comes after the environment is complete, because the settings read it.
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415
    from redis.exceptions import ConnectionError as ValkeyAway  # noqa: PLC0415

    try:
        execute_from_command_line(argv)
    except (OperationalError, ValkeyAway) as problem:
        if "--traceback" in argv:
            raise
        print(explain(problem), file=sys.stderr)  # noqa: T201
        return 1
    return 0
