"""Model registry: files, permissions, and the ordered models of each tier."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from removal.engine.catalogue import BUILT_IN, MODELS, ModelSpec
from removal.engine.errors import ModelUnavailable
from removal.engine.tiers import TIERS, Part, TierSpec, together

__all__ = [
    "BUILT_IN",
    "MODELS",
    "TIERS",
    "ModelSpec",
    "Part",
    "TierSpec",
    "candidates",
    "choose",
    "locate",
    "model_homes",
    "registered",
    "together",
]

NO_PINS: Mapping[str, str] = {}
BUILT_IN_HOME = Path(__file__).resolve().parent.parent / "models"


def model_homes(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders of rembg 2.0.86: U2NET_HOME, else REMBG_HOME or ~/.rembg, then ~/.u2net."""
    if home := environ.get("U2NET_HOME"):
        return (Path(home).expanduser(),)
    data = environ.get("XDG_DATA_HOME", "")
    fallback = Path(data, "rembg") if data else Path("~/.rembg")
    current = Path(environ.get("REMBG_HOME") or fallback)
    return current.expanduser(), Path(data or "~", ".u2net").expanduser()


def locate(spec: ModelSpec, model_home: Path | None = None) -> Path | None:
    """Find a model's file, in the package or in rembg's home, flat or under `models/<name>`."""
    if spec.name == BUILT_IN:
        candidates = [BUILT_IN_HOME / spec.file]
    else:
        homes = (model_home,) if model_home else model_homes()
        candidates = [path for home in homes for path in _places(home, spec)]
    return next((path for path in candidates if _is_file(path)), None)


def candidates(
    tier: str,
    *,
    model_home: Path | None = None,
    allow_noncommercial: bool = False,
    pins: Mapping[str, str] = NO_PINS,
) -> Iterator[tuple[ModelSpec, Path]]:
    """The models that are present and permitted for this tier, first choice first, with their
    files. Whether a file is intact shows when it is loaded; `pins` are the checksums that the
    operator accepts instead of the registered ones. Raises ModelUnavailable."""
    for name in _tier(tier).models:
        if _refusal(name, allow_noncommercial=allow_noncommercial):
            continue
        path = locate(MODELS[name], model_home)
        if path is not None:
            yield registered(name, pins), path


def registered(name: str, pins: Mapping[str, str] = NO_PINS) -> ModelSpec:
    """The model of this name, with the checksum that its file has to have here."""
    spec = MODELS[name]
    return replace(spec, checksum=pins[name]) if name in pins else spec


def choose(
    tier: str,
    *,
    model_home: Path | None = None,
    allow_noncommercial: bool = False,
    pins: Mapping[str, str] = NO_PINS,
    requested: str | None = None,
) -> tuple[ModelSpec, Path]:
    """Return the first model that is present and permitted for this tier, and its file.

    `requested` names one model and never falls back. Raises ModelUnavailable.
    """
    if requested is None:
        found = candidates(
            tier, model_home=model_home, allow_noncommercial=allow_noncommercial, pins=pins
        )
        for candidate in found:
            return candidate
        raise ModelUnavailable(f"no model of the tier {tier} is installed")
    if reason := _refusal(requested, allow_noncommercial=allow_noncommercial):
        raise ModelUnavailable(reason)
    path = locate(MODELS[requested], model_home)
    if path is None:
        raise ModelUnavailable(f"the model {requested} is not installed")
    return registered(requested, pins), path


def _is_file(path: Path) -> bool:
    """Whether a file is there; a folder that cannot be read, or whose disk fails, holds none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _places(home: Path, spec: ModelSpec) -> tuple[Path, Path]:
    return home / "models" / spec.name / spec.file, home / spec.file


def _tier(tier: str) -> TierSpec:
    if tier not in TIERS:
        raise ModelUnavailable(f"unknown tier; use one of {', '.join(TIERS)}")
    return TIERS[tier]


def _refusal(name: str, *, allow_noncommercial: bool) -> str:
    if name not in MODELS:
        return f"unknown model; use one of {', '.join(MODELS)}"
    spec = MODELS[name]
    if not spec.commercial and not allow_noncommercial:
        return f"{name} forbids commercial use ({spec.licence}); the operator has not opted in"
    return ""
