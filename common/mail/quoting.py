"""Quoting of caller-chosen text in mails: short, on one line, without links.

Whoever names a batch must not be able to write to the owner of a mailbox through us. Mail programs
turn whatever looks like an address into a link, so the dots of a domain are enough to be one.
"""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 60
# Only so many characters are examined: the expressions below take quadratic time at worst.
_READ = 500
# Endings of files that are no top-level domains, as `zip` and `mov` are.
_ENDINGS = frozenset(
    {"avif", "bmp", "gif", "heic", "heif", "jpeg", "jpg", "jxl", "png", "tif", "tiff", "webp"}
    | {"svg", "psd", "cr2", "dng", "nef", "txt", "pdf", "csv"}
)
_GAP = "…"
# Marks that IDNA reads as the dot between two labels.
_DOTS = str.maketrans({"。": ".", "｡": ".", "．": ".", "․": "."})
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]*:/+\S*", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"\b(?:mailto|tel|sms|javascript|data|callto|skype):\S*", re.IGNORECASE)
_MAILBOX = re.compile(r"\S+@\S+")
# A host with what follows it. Digits alone are a number such as 1.5, unless there are four.
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?!\d+\b)[\w-]{2,}\S*|\b\d+(?:\.\d+){3}\S*")
_GAPS = re.compile(rf"(?:\s*{_GAP}\s*)+")


def quoted(text: str, *, longest: int = LONGEST) -> str:
    """`text` without links, control characters and line breaks, in at most `longest` characters."""
    return _shortened(_without_links(_plain(text)), longest)


def quoted_filename(name: str, *, longest: int = LONGEST) -> str:
    """The same for the name of a file, which keeps its ending where that is no domain."""
    plain = _plain(name)
    stem, dot, ending = plain.rpartition(".")
    if not dot or ending.lower() not in _ENDINGS:
        return quoted(name, longest=longest)
    room = longest - len(ending) - 1
    return f"{_shortened(_without_links(stem), room) or _GAP}.{ending}"


def _plain(text: str) -> str:
    """One line of visible characters; compatibility forms become the letters they look like."""
    normal = unicodedata.normalize("NFKC", text[:_READ]).translate(_DOTS)
    return " ".join("".join(_visible(normal)).split())


def _visible(text: str) -> Iterator[str]:
    for char in text:
        if char.isspace():
            yield " "
        elif not unicodedata.category(char).startswith("C"):
            yield char


def _without_links(text: str) -> str:
    for link in (_SCHEME, _OTHER_SCHEME, _MAILBOX, _HOST):
        text = link.sub(_GAP, text)
    return _GAPS.sub(f" {_GAP} ", text).strip()


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + _GAP
