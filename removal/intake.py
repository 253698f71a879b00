"""Intake of an image from a form or an address: header check and storage."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from common.outbound.fetch import fetch
from common.storage.deposits import Deposit
from removal import conf, model_choice, options
from removal.engine import sizes
from removal.engine.probe import Probe, probe
from removal.errors import engine_errors
from removal.options import OptionFields

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """An encoded image as it came: a seekable file, and the name its sender gave it."""

    file: BinaryIO
    name: str


@dataclass(frozen=True)
class Address:
    """An image that lies somewhere on the internet."""

    url: str


@dataclass(frozen=True)
class RemovalRequest:
    """A validated request to remove one background: the image, the tier and the output options."""

    image: Upload | Address
    tier: str
    fields: OptionFields
    background: Upload | None = None
    request_id: str = ""
    idempotency_key: str | None = None
    source: str = "api"
    webhook_url: str = ""
    # What is done before or after the cut-out (`removal.steps`).
    steps: Mapping[str, Mapping[str, Any]] | None = None
    # Nothing is held or charged: for callers without an account of their own.
    free: bool = False
    # Public identifier of the API key that pays, if one does: its spending cap applies.
    api_key: str = ""
    # The job whose bad result this one repeats.
    retry_of: str = ""

    def fingerprint(self) -> str:
        """SHA-256 over all that was asked, for comparing repeated requests."""
        asked: list[Any] = [self.tier, self.fields]
        # Without one it stays what it was before there were addresses, for keys in use.
        asked += [self.webhook_url] if self.webhook_url else []
        asked += [self.steps] if self.steps else []
        found = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
        for part in (self.image, self.background):
            found.update(digest(part))
        return found.hexdigest()


@dataclass(frozen=True)
class Checked:
    """An upload that is what it should be, as far as its header tells."""

    upload: Upload
    probe: Probe

    def deposit(self, key: str) -> Deposit:
        """The file on its way into storage under `key`."""
        kind = self.probe.content_type
        return Deposit(key, content=self._from_start, content_type=kind)

    def _from_start(self) -> BinaryIO:
        self.upload.file.seek(0)
        return self.upload.file


def check_options(request: RemovalRequest) -> None:
    """Raises InvalidInput (400) when options are out of range or contradict each other, or when
    the model that is asked for cannot be had."""
    with engine_errors():
        options.build(request.fields, background_image=b"" if request.background else None)
    model_choice.check(tier=request.tier, fields=request.fields)


def check(image: Upload | Address, *, field: str, source: str = "") -> Checked:
    """Fetch the image if need be and check its header; `source` decides on the limits.

    Raises InvalidFileType or FileTooLarge (400) with `field` and the limits in the details, and
    what `common.outbound.fetch` raises.
    """
    upload = _fetched(image, source) if isinstance(image, Address) else image
    with engine_errors(field):
        return Checked(upload, probe(upload.file, conf.limits(source)))


def check_result(probe: Probe, fields: OptionFields, *, field: str, source: str = "") -> None:
    """Refuse an image whose result is known to be too large, before anything is kept or held.

    Raises FileTooLarge or InvalidInput (400) with `field` and the limits in the details.
    """
    with engine_errors(field):
        sizes.check_result(probe.width, probe.height, options.build(fields), conf.limits(source))


def _fetched(address: Address, source: str) -> Upload:
    found = fetch(address.url, policy=conf.fetch_policy(source))
    name = unquote(urlsplit(found.final_url).path.rsplit("/", 1)[-1])
    return Upload(io.BytesIO(found.content), name)


def digest(part: Upload | Address | None) -> bytes:
    """SHA-256 of a file, or of an address."""
    if isinstance(part, Upload):
        return _digest_of_file(part.file)
    return hashlib.sha256(part.url.encode() if part else b"").digest()


def _digest_of_file(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()
