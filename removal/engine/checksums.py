"""Digests of model files, in the notation `sha256:<hex>` or `md5:<hex>`."""

import hashlib
from pathlib import Path

_KINDS = frozenset(("sha256", "md5"))


def checksum(path: Path, kind: str = "sha256") -> str:
    """Digest a file. `md5` exists because that is what rembg publishes for its models."""
    if kind not in _KINDS:
        raise ValueError(f"unknown digest {kind!r}")
    with path.open("rb") as file:
        return f"{kind}:{hashlib.file_digest(file, kind).hexdigest()}"


def matches(path: Path, expected: str) -> bool:
    """Whether the file has this digest; an empty expectation matches anything."""
    return not expected or checksum(path, expected.partition(":")[0]) == expected
