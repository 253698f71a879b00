"""Hostile uploads from a seed: well-formed oddities and damaged versions of them."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import numpy as np
from PIL import Image

from removal.engine.headers import PNG_SIGNATURE
from tests.removal.engine.factories import encoded, photo

SMALL = (24, 32)


def originals() -> list[bytes]:
    """Valid pictures of every kind the engine reads."""
    rgb = Image.fromarray(photo(*SMALL))
    frames = [rgb.rotate(90), rgb.rotate(180)]
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.linear_gradient("L").resize(rgba.size))
    deep = np.linspace(0, 65535, SMALL[0] * SMALL[1]).astype(np.uint16).reshape(SMALL)
    return [
        encoded(rgb, "JPEG"),
        encoded(rgb, "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
        encoded(rgb.convert("CMYK"), "JPEG"),
        encoded(rgb.convert("L"), "JPEG"),
        encoded(rgb, "JPEG", icc_profile=b"profile" * 20),
        *(encoded(rgb.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB")),
        encoded(rgba, "PNG"),
        encoded(deep, "PNG"),
        encoded(rgb, "PNG", save_all=True, append_images=frames),
        encoded(rgb, "WEBP"),
        encoded(rgba, "WEBP", lossless=True),
        encoded(rgb, "WEBP", save_all=True, append_images=frames),
        encoded(rgb.resize((1, 1)), "PNG"),
        encoded(rgb.resize((1, 2000)), "PNG"),
        encoded(rgb.resize((2000, 1)), "JPEG"),
    ]


def bombs() -> list[bytes]:
    """Files that promise far more pixels, or far more metadata, than they are worth."""
    return [_png_bomb(60_000, 60_000), _png_bomb(5000, 4999), _png_bomb(2**31 - 1, 1), _text_bomb()]


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Yield `count` files, the same for the same seed."""
    random = Random(seed)
    sources = _sources()
    for _ in range(count):
        data = random.choice(sources)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            data = random.choice(_CHANGES)(random, data, sources)
        yield data


@cache
def _sources() -> list[bytes]:
    return originals() + bombs()


def _flip_bits(random: Random, data: bytes, _sources_: list[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 30))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _flip_header_bits(random: Random, data: bytes, sources: list[bytes]) -> bytes:
    return _flip_bits(random, data[:64], sources) + data[64:]


def _cut(random: Random, data: bytes, _: list[bytes]) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _remove_middle(random: Random, data: bytes, _: list[bytes]) -> bytes:
    first, second = sorted(random.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[second:]


def _repeat_part(random: Random, data: bytes, _: list[bytes]) -> bytes:
    first, second = sorted(random.randrange(len(data) + 1) for _ in range(2))
    return data[:second] + data[first:second] * random.choice((1, 5)) + data[second:]


def _insert_noise(random: Random, data: bytes, _: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice((1, 16, 300))) + data[at:]


def _wrong_type(random: Random, data: bytes, _: list[bytes]) -> bytes:
    signatures = (b"GIF89a", b"BM", b"%PDF-1.7\n", b"<svg xmlns=", b"II*\0", b"\xff\xd8\xff", b"MZ")
    return random.choice((*signatures, PNG_SIGNATURE, b"RIFF\x10\0\0\0WEBP")) + data[8:]


def _polyglot(random: Random, data: bytes, sources: list[bytes]) -> bytes:
    tails = (b"PK\x05\x06" + bytes(18), b"<script>alert(1)</script>", random.choice(sources))
    return data + random.choice(tails)


def _splice(random: Random, data: bytes, sources: list[bytes]) -> bytes:
    other = random.choice(sources)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _lie_about_lengths(random: Random, data: bytes, _: list[bytes]) -> bytes:
    if len(data) < 12:
        return data
    at = random.randrange(len(data) - 4)
    value = random.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, random.getrandbits(32)))
    return data[:at] + struct.pack(">I", value) + data[at + 4 :]


_CHANGES: tuple[Callable[[Random, bytes, list[bytes]], bytes], ...] = (
    _flip_bits,
    _flip_header_bits,
    _cut,
    _remove_middle,
    _repeat_part,
    _insert_noise,
    _wrong_type,
    _polyglot,
    _splice,
    _lie_about_lengths,
)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min(30_000_000, (width + 1) * height)), 9)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return PNG_SIGNATURE + b"".join(png_chunk(kind, body) for kind, body in chunks)


def _text_bomb() -> bytes:
    data = encoded(photo(*SMALL))
    packed = b"name\0\0" + zlib.compress(bytes(50_000_000), 9)
    return data[:33] + png_chunk(b"iCCP", packed) + png_chunk(b"zTXt", packed) + data[33:]
