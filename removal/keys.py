"""Storage keys of a job's files, and file names that are safe on any computer."""

import re
import secrets
import unicodedata
from collections.abc import Mapping

ORIGINALS = "uploads/background-remover"
RESULTS = "processed/background-remover"
MAX_NAME_BYTES = 200
MASK = "mask.png"
# The endings of previews: the small one and the large one of each picture.
PREVIEWS: Mapping[str, tuple[str, str]] = {
    "original": ("original-256.webp", "original-1024.webp"),
    "result": ("result-256.webp", "result-1024.webp"),
}

_OF_A_JOB = re.compile(r"(job_[a-z0-9]+)-(original|background|removed|version)\b")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_SLUG = re.compile(r"[a-z0-9_]{1,40}")
_EXTENSION = re.compile(r"[a-z0-9]{2,4}")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# Names that Windows keeps for devices, whatever the extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def original_key(user_id: str, job_id: str, extension: str) -> str:
    """Key of an original, for example `uploads/background-remover/user_1/job_2-original.jpg`."""
    return f"{_folder(ORIGINALS, user_id)}/{_checked(job_id)}-original.{_ext(extension)}"


def background_key(user_id: str, job_id: str, extension: str) -> str:
    """The customer's own background picture, kept next to the original."""
    return f"{_folder(ORIGINALS, user_id)}/{_checked(job_id)}-background.{_ext(extension)}"


def new_token() -> str:
    """128 random bits in hexadecimal: the part of a job's result keys that nobody can guess."""
    return secrets.token_hex(16)


def result_key(user_id: str, job_id: str, attempt: int, token: str, extension: str) -> str:
    """Key of a result, for example `processed/background-remover/user_1/job_2-removed-1-5f0c….png`.

    Each attempt (from 1) has a key of its own, so that two workers never write the same object.
    `token` keeps the key of a result unknown until the job says that it has been settled.
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("the token in a storage key is 32 hexadecimal digits")
    name = f"{_checked(job_id)}-removed-{attempt}-{token}.{_ext(extension)}"
    return f"{_folder(RESULTS, user_id)}/{name}"


def beside(result_key: str) -> tuple[str, ...]:
    """Keys of the files that a worker stores beside a result: its mask and the four previews.

    They carry the result's token, so none can be guessed either.
    """
    names = (MASK, *(name for names in PREVIEWS.values() for name in names))
    return tuple(_beside(result_key, name) for name in names)


def mask_key(result_key: str) -> str:
    """The mask of a result: a grey PNG as large as the original."""
    return _beside(result_key, MASK)


def preview_keys(result_key: str, of: str) -> tuple[str, str]:
    """The small and the large preview, WebP, of the `original` or of the `result`."""
    small, large = PREVIEWS[of]
    return _beside(result_key, small), _beside(result_key, large)


def showing_original(result_key: str) -> tuple[str, ...]:
    """Keys of files beside a result that show the original, or are of use only with it."""
    return (*preview_keys(result_key, "original"), mask_key(result_key))


def _beside(result_key: str, name: str) -> str:
    return f"{result_key.rpartition('.')[0]}-{name}"


def version_key(user_id: str, job_id: str, number: int, name: str, extension: str) -> str:
    """Key of a file that was sent for a version: its `mask` or its `background`."""
    file = f"{_checked(job_id)}-version-{number}-{_checked(name)}.{_ext(extension)}"
    return f"{_folder(ORIGINALS, user_id)}/{file}"


def is_of_version(key: str) -> bool:
    """True for what was sent for a version alone."""
    return "-version-" in key.rsplit("/", 1)[-1]


def folders(user_id: str) -> tuple[str, str]:
    """Prefixes of the keys of all files of a user's images."""
    return f"{_folder(ORIGINALS, user_id)}/", f"{_folder(RESULTS, user_id)}/"


def owner_of(key: str) -> str:
    """The user whose file this is: `user_1` of `uploads/background-remover/user_1/…`."""
    return _checked(key.split("/")[2])


def job_of(key: str) -> str | None:
    """The job whose file this is: `job_2` of `…/job_2-original.jpg`; None for other names."""
    found = _OF_A_JOB.match(key.rsplit("/", 1)[-1])
    return found[1] if found else None


def visible_name(name: str) -> str:
    """The last part of a path in NFC, without control, bidirectional and unassigned characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(_visible(character) for character in unicodedata.normalize("NFC", last))


def safe_filename(name: str) -> str:
    """The last part of an uploaded name without anything that could harm, at most 200 bytes.

    Removes folders, control, bidirectional and other invisible characters, and what Windows
    forbids; never empty, never starting with a dot, never a reserved device name.
    """
    cleaned = _FORBIDDEN.sub("_", visible_name(name)).strip(" .") or "image"
    if _RESERVED.fullmatch(cleaned):
        cleaned = f"_{cleaned}"
    return _shorten(cleaned)


def download_name(filename: str, extension: str) -> str:
    """`removed-<name>.<extension>` for a result, for example in a ZIP; at most 200 bytes."""
    stem = safe_filename(filename).rsplit(".", 1)[0].strip(" .") or "image"
    tail = f".{_ext(extension)}"
    return _cut(f"removed-{stem}", MAX_NAME_BYTES - len(tail)) + tail


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("C"):
        return ""
    return " " if category.startswith("Z") else character


def _shorten(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return _cut(name, MAX_NAME_BYTES)
    tail = f".{extension}"
    return _cut(stem, MAX_NAME_BYTES - len(tail.encode())) + tail


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip(" .")


def _folder(root: str, user_id: str) -> str:
    return f"{root}/{_checked(user_id)}"


def _checked(identifier: str) -> str:
    if not _SLUG.fullmatch(identifier):
        raise ValueError("an identifier in a storage key holds only a-z, 0-9 and _")
    return identifier


def _ext(extension: str) -> str:
    if not _EXTENSION.fullmatch(extension):
        raise ValueError("an extension in a storage key holds two to four of a-z and 0-9")
    return extension
