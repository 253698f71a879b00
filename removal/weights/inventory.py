"""Inventory of installed models and of what each tier would use. Loads nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from removal import conf
from removal.engine import registry
from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import matches


class State(StrEnum):
    """A model's state, from its licence and its file."""

    PRESENT = "present"
    ABSENT = "absent"
    DIFFERENT = "present, but the checksum differs"
    FORBIDDEN = "not allowed (no commercial use)"


@dataclass(frozen=True)
class Entry:
    """One registered model on this machine; `path` is None where it has no file."""

    spec: ModelSpec
    path: Path | None
    state: State


def entries() -> Iterator[Entry]:
    """Every registered model; the checksum of each file is computed once until it changes."""
    models = conf.models()
    for name in registry.MODELS:
        spec = registry.registered(name, models["pins"])
        path = registry.locate(spec, models["model_home"])
        yield Entry(spec, path, _state(spec, path, opted_in=models["allow_noncommercial"]))


def used(tier: str) -> str:
    """The models with intact files that compute a tier here, joined by "+", or empty."""
    here = [spec.name for spec, _ in intact(tier)]
    return "+".join(registry.together(registry.TIERS[tier], here))


def intact(tier: str) -> Iterator[tuple[ModelSpec, Path]]:
    """The models that a tier may use and whose files are intact, first choice first."""
    for spec, path in registry.candidates(tier, **conf.models()):
        if _matches(path, spec):
            yield spec, path


def _state(spec: ModelSpec, path: Path | None, *, opted_in: bool) -> State:
    if not spec.commercial and not opted_in:
        return State.FORBIDDEN
    if path is None:
        return State.ABSENT
    return State.PRESENT if _matches(path, spec) else State.DIFFERENT


def _matches(path: Path, spec: ModelSpec) -> bool:
    try:
        status = path.stat()
        identity = (status.st_ino, status.st_size, status.st_mtime_ns)
        return _matches_as_it_is(path, spec.checksum, identity)
    except OSError:
        return False


@lru_cache(maxsize=64)
def _matches_as_it_is(path: Path, checksum: str, _identity: tuple[int, ...]) -> bool:
    """Remembered, because the operators' page asks for files of a gigabyte at every look."""
    return matches(path, checksum)
