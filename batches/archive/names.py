"""Names of archive entries: safe on every operating system and unique; pure.

A name is what its sender called the picture, so nothing about it can be taken for granted.
"""

import re
import unicodedata
from collections.abc import Iterable

from removal import keys

PREFIX = "removed-"
MAX_BYTES = 200

_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_PICTURE = re.compile(r"\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|heic|heif|avif)$", re.IGNORECASE)
# Characters that Windows forbids in names, except slashes, which are removed before.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DOTS = re.compile(r"\.{2,}")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_JAMO = range(0x1100, 0x1200)
# The combining class of signs that join two consonants, as in Devanagari.
_VIRAMA = 9


def entry_names(images: Iterable[tuple[str, str]]) -> list[str]:
    """A name for each (original name, extension of the result), in order.

    For example `removed-shoe.png`. The same images get the same names every time; of those that
    would be alike where case does not count, the later ones get a number. Raises `ValueError` for
    an extension that is none.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names = []
    for original, extension in images:
        stem, tail = stem_of(original), _tail(extension)
        name = _fitting(stem, tail)
        first = alike(name)
        while alike(name) in taken:
            counts[first] = counts.get(first, 1) + 1
            name = _fitting(stem, f"-{counts[first]}{tail}")
        taken.add(alike(name))
        names.append(name)
    return names


def alike(name: str) -> str:
    """Equal for names that some file system would not tell apart."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", folded).casefold())


def stem_of(original: str) -> str:
    """The last part of a path without the extension of a picture, and without what could harm."""
    kept = unicodedata.normalize("NFC", keys.visible_name(original))
    cleaned = _DOTS.sub(".", _FORBIDDEN.sub("_", kept))
    return _trimmed(_PICTURE.sub("", cleaned.strip(" ."))) or "image"


def _trimmed(stem: str) -> str:
    """The name without dots and spaces around it, and without marks that would join the hyphen."""
    kept = (at for at, char in enumerate(stem) if char not in " ." and not _joins(char))
    return stem[next(kept, len(stem)) :].strip(" .")


def _tail(extension: str) -> str:
    if not _EXTENSION.fullmatch(extension):
        raise ValueError(f"{extension!r} is not the extension of a result")
    return f".{extension}"


def _fitting(stem: str, tail: str) -> str:
    """The whole name, with as much of the stem as there is room for."""
    room = MAX_BYTES - len(PREFIX) - len(tail)
    end = len(stem.encode()[:room].decode(errors="ignore"))
    while 0 < end < len(stem) and _within_character(stem, end):
        end -= 1
    return f"{PREFIX}{_trimmed(stem[:end]) or 'image'}{tail}"


def _within_character(text: str, at: int) -> bool:
    """True if cutting at `at` would split a character as readers see it."""
    before, after = ord(text[at - 1]), ord(text[at])
    if _joins(text[at]) or unicodedata.combining(text[at - 1]) == _VIRAMA:
        return True
    if before in _JAMO and after in _JAMO:
        return True
    if before not in _FLAG_LETTERS or after not in _FLAG_LETTERS:
        return False
    letters = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, _FLAG_LETTERS))))
    return letters % 2 == 1


def _joins(character: str) -> bool:
    """True for a character that is drawn together with the one before it."""
    return unicodedata.category(character).startswith("M") or ord(character) in _SKIN_TONES
