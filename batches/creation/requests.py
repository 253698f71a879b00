"""The validated request to start a batch."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from batches.creation.intake import Incoming
from billing.pricing import BATCH_MIN
from removal.intake import Upload
from removal.options import OptionFields

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class BatchRequest:
    """The images, as files of a form or as ids of uploads, the tier, and how they should look."""

    tier: str
    fields: OptionFields
    images: Sequence[Incoming] = ()
    upload_ids: Sequence[str] = ()
    name: str = ""
    webhook_url: str = ""
    request_id: str = ""
    idempotency_key: str | None = None
    background: Upload | None = None
    source: str = "api"
    partner_percent: int = 0
    # Public identifier of the API key that pays, if one does: its spending cap applies.
    api_key: str = ""
    # Drop-in surfaces take a batch of one image.
    least: int = BATCH_MIN

    def fingerprint(self) -> str:
        """`digest` for comparing repeated requests; "" without a key."""
        return self.digest() if self.idempotency_key is not None else ""

    def digest(self) -> str:
        """SHA-256 over all that was asked, images included."""
        asked = [self.tier, self.fields, self.name, self.webhook_url, [*self.upload_ids]]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
        for image in self.images:
            digest.update(json.dumps([image.name, image.upload_id]).encode())
            if image.upload_id is None:
                digest.update(_digest(image.open()))
        if self.background is not None:
            self.background.file.seek(0)
            digest.update(_digest(self.background.file))
        return digest.hexdigest()


def fingerprint_of_retry(batch_id: str) -> str:
    """SHA-256 that tells retries of different batches, and retries and starts, apart."""
    return hashlib.sha256(f"retry {batch_id}".encode()).hexdigest()


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()
