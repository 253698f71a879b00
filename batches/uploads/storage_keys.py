"""Storage keys of uploaded images; pure."""

import re

from removal.engine.probe import CONTENT_TYPES, EXTENSIONS
from removal.keys import ORIGINALS

# Content types that may be uploaded, with the extension of each.
SUFFIXES = {
    **{CONTENT_TYPES[kind]: EXTENSIONS[kind] for kind in CONTENT_TYPES},
    # Some programs call the same files so.
    "image/heif": EXTENSIONS["heif"],
}
ROOT = f"{ORIGINALS}/"

_OWNER = re.compile(r"[a-z0-9_]{1,40}")
_OF_AN_UPLOAD = re.compile(r"(upl_[a-z0-9]+)(?:-[0-9]+)?\.[a-z]+")


def key_of(*, user_id: str, upload_id: str, content_type: str, attempt: int | None = None) -> str:
    """Key of an upload, for example `uploads/background-remover/user_1/upl_2.jpg`, beside the
    originals of jobs.

    Each `attempt` to fetch an image has a key of its own: `…/upl_2-1.jpg`.
    """
    if not _OWNER.fullmatch(user_id):
        raise ValueError("an identifier in a storage key holds only a-z, 0-9 and _")
    name = upload_id if attempt is None else f"{upload_id}-{attempt}"
    return f"{ROOT}{user_id}/{name}.{SUFFIXES[content_type]}"


def upload_of(key: str) -> str | None:
    """The upload whose object this is; None for other keys."""
    found = _OF_AN_UPLOAD.fullmatch(key.rsplit("/", 1)[-1])
    return found[1] if found else None
