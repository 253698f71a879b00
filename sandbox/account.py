"""The unprivileged account that runs servers which refuse to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user account of this machine, with its numbers."""

    name: str
    uid: int
    gid: int


def stand_in(*, data: Path) -> Account | None:
    """The account to start Postgres with, or None when the current user will do: the owner of
    `data` where it exists already, else one of the usual accounts.

    Raises `LookupError` for root on a machine without any of them.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(name=data.owner(), uid=owner.st_uid, gid=owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise LookupError(
        f"Postgres refuses to run as root and this machine has none of the accounts "
        f"{', '.join(_CANDIDATES)}. Run bin/up as a normal user or set DATABASE_URL."
    )


def can_enter(folder: Path, account: Account) -> bool:
    """Return whether `account` may pass through every folder above and including `folder`."""
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
        capture_output=True,
    )
    return probe.returncode == 0
