"""Size of a HEIF or AVIF picture, read from its boxes in bounded time.

Both are ISO base media files (ISO/IEC 14496-12) whose item properties give the size of the primary
item (ISO/IEC 23008-12, sections 6.5.3 and 9.3).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from removal.engine.errors import UnreadableImage

_AVIF = frozenset((b"avif", b"avis"))
_HEIF = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
# A phone's picture of 48 megapixels has a `meta` box of about 30 KB.
_MAX_META = 1024 * 1024
_MAX_BOXES = 4096
_LARGE_IDS = 1


def brand_of(start: bytes) -> str | None:
    """`heif` or `avif` when a file that starts so is one, else None."""
    if start[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(start[:4], "big"), len(start))
    brands = {start[at : at + 4] for at in (8, *range(16, length - 3, 4))}
    if brands & _AVIF:
        return "avif"
    return "heif" if brands & _HEIF else None


def read_size(file: BinaryIO) -> tuple[int, int]:
    """(width, height) of the primary picture before it is turned. Raises UnreadableImage."""
    try:
        return _primary_size(_meta(file))
    except (struct.error, KeyError, IndexError):
        raise UnreadableImage("the HEIF or AVIF file is damaged") from None


def _meta(file: BinaryIO) -> bytes:
    """The content of the top-level `meta` box, behind its version and flags."""
    file.seek(0)
    for _ in range(_MAX_BOXES):
        start = file.tell()
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
        header = file.tell() - start
        if kind == b"meta":
            if not header + 4 <= length <= _MAX_META:
                break
            return file.read(length - header)[4:]
        if length < header:
            break
        file.seek(start + length)
    raise UnreadableImage("the HEIF or AVIF file has no picture")


def _primary_size(meta: bytes) -> tuple[int, int]:
    boxes = dict(_boxes(meta))
    primary = _item_id(boxes[b"pitm"], 4, wide=boxes[b"pitm"][0] >= _LARGE_IDS)
    properties = dict(_boxes(boxes[b"iprp"]))
    listed = list(_boxes(properties[b"ipco"]))
    for index in _associated(properties[b"ipma"], primary):
        kind, body = listed[index - 1]
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", body, 4)
            return width, height
    raise UnreadableImage("the HEIF or AVIF file does not say how large its picture is")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of a box, each (kind, content); a truncated one ends the list."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8 or at + length > len(data):
            return
        yield kind, data[at + 8 : at + length]
        at += length


def _item_id(data: bytes, at: int, *, wide: bool) -> int:
    (number,) = struct.unpack_from(">I" if wide else ">H", data, at)
    return int(number)


def _associated(data: bytes, item: int) -> list[int]:
    """The numbers of the properties of one item, counted from 1, in an `ipma` box."""
    wide_ids, wide_numbers = data[0] >= _LARGE_IDS, bool(data[3] & 1)
    (count,) = struct.unpack_from(">I", data, 4)
    at = 8
    for _ in range(min(count, _MAX_BOXES)):
        found = _item_id(data, at, wide=wide_ids)
        at += 4 if wide_ids else 2
        size, step = data[at], 2 if wide_numbers else 1
        numbers = data[at + 1 : at + 1 + size * step]
        at += 1 + size * step
        if found == item:
            mask = 0x7FFF if wide_numbers else 0x7F
            places = range(0, len(numbers), step)
            return [int.from_bytes(numbers[p : p + step], "big") & mask for p in places]
    return []
