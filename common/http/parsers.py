"""Body parsers for which no sequence of bytes is a server error. Bodies are UTF-8."""

import io
import json
import math
import re
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.http.request import UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from common.http.errors import FileTooLarge

# The most bytes that JSON may have besides the image in it.
_OPTIONS_BYTES = 1024 * 1024
# As many digits as a 64-bit integer may have; no field takes more.
_MOST_DIGITS = 19


class JsonParser(parsers.JSONParser):
    """`application/json`, nested no deeper than the interpreter can go, with numbers in bounds."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = json.loads(
                stream.read().decode("utf-8-sig"),
                parse_int=_integer,
                parse_float=_number,
                parse_constant=_constant,
            )
            # An escaped lone surrogate is a character that can be neither stored nor sent back.
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeDecodeError:
            raise ParseError("the JSON is not UTF-8") from None
        except UnicodeEncodeError:
            raise ParseError("the JSON holds half of a surrogate pair") from None
        except json.JSONDecodeError as problem:
            raise ParseError(
                f"the JSON is malformed at line {problem.lineno}, column {problem.colno}"
            ) from None
        except RecursionError:
            raise ParseError("the JSON is nested too deeply") from None
        return data


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise ParseError(f"the JSON holds a number of more than {_MOST_DIGITS} digits")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError("the JSON holds a number that is too large")
    return number


def _constant(name: str) -> float:
    raise ParseError(f"{name} is not a number that JSON has")


class ImageJsonParser(parsers.BaseParser):
    """JSON that may hold one image as base64.

    Not one of DRF's own kind, because those are held to `DATA_UPLOAD_MAX_MEMORY_SIZE`, which suits
    text. Raises `FileTooLarge` for more than an image of the largest size and its options.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = _read(stream, self.max_image_bytes())
        return JsonParser().parse(io.BytesIO(body), media_type, parser_context)

    def max_image_bytes(self) -> int:
        most: int = settings.MAX_IMAGE_BYTES
        return most


class ImageUrlencodedParser(ImageJsonParser):
    """`application/x-www-form-urlencoded` that may hold one image as base64; as for JSON."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        # Of base64, `+`, `/` and `=` take three bytes each; few of many characters do.
        body = _read(stream, self.max_image_bytes() * 11 // 10)
        return QueryDict(body, encoding="utf-8")


def _read(stream: Any, image_bytes: int) -> bytes:
    """A body with one image in base64 and its options. Raises `FileTooLarge`."""
    most = image_bytes * 4 // 3 + _OPTIONS_BYTES
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise FileTooLarge(f"The body is larger than {most} bytes", details={"maxBytes": most})
    return body


# RFC 2046: 1 to 70 of these, the last one no space.
_OPENING = re.compile(
    rb"(?:\r\n)*--([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])[ \t]*\r\n"
)
_LONGEST_OPENING = 128
_DISPOSITION = re.compile(rb"(content-disposition:[^\r\n]*)", re.IGNORECASE)


class FormParser(parsers.MultiPartParser):
    """`multipart/form-data`, with nothing left out.

    Django passes over parts whose header is not UTF-8, or whose file name is `..` or nothing but
    slashes; here such a form is refused, because a file must not get lost unnoticed.

    A Content-Type without a boundary, as a script sends that sets the header by itself, is
    completed by the boundary that the body begins with.

    `large_texts` are the names of text fields that may hold an image as base64: they are taken as
    files, because `DATA_UPLOAD_MAX_MEMORY_SIZE` is meant for other texts.
    """

    large_texts: tuple[str, ...] = ()

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        boundary, opening = _boundary(media_type), b""
        if not boundary:
            boundary, opening = _opening(stream)
            media_type = f'multipart/form-data; boundary="{boundary[2:].decode()}"'
        counted: Any = _Counted(stream, boundary, opening)
        body: Any = counted
        if self.large_texts:
            body = _TextsAsFiles(counted, boundary, self.large_texts)
        try:
            parsed = super().parse(body, media_type, parser_context)
        except UnreadablePostError:
            raise ParseError("the body ended early") from None
        except ParseError:
            # The framework's message is replaced, because it is not part of this API.
            raise ParseError("the multipart form is malformed") from None
        except (LookupError, ValueError, RecursionError):
            # Part headers may name codecs that do not exist or do not decode.
            raise ParseError("the multipart form is malformed") from None
        both = (parsed.data, parsed.files)
        taken = sum(len(values) for found in both for _, values in found.lists())
        if taken < counted.parts:
            raise ParseError(
                f"only {taken} of the form's {counted.parts} parts have a name that can be read; "
                "names of fields and files are UTF-8"
            )
        return parsed


class _Counted:
    """A stream in which the parts of a form are counted while it is read.

    `opening` was read from it before and comes first.
    """

    def __init__(self, stream: Any, boundary: bytes, opening: bytes) -> None:
        self._stream = stream
        self._opening = opening
        self._boundary = boundary
        self._delimiters = 0
        # The end of what was read: a delimiter may begin in it.
        self._rest = b""

    @property
    def parts(self) -> int:
        """The number of parts between two delimiters, without one that was cut off."""
        return max(self._delimiters - 1, 0)

    def read(self, size: int = -1) -> bytes:
        data = self._read(size)
        seen = self._rest + data
        self._delimiters += seen.count(self._boundary)
        # One byte short of a delimiter, or none would be counted twice.
        self._rest = seen[max(len(seen) - len(self._boundary) + 1, 0) :]
        return data

    def _read(self, size: int) -> bytes:
        if not self._opening:
            data: bytes = self._stream.read(size)
            return data
        stop = len(self._opening) if size < 0 else size
        data, self._opening = self._opening[:stop], self._opening[stop:]
        return data


class _TextsAsFiles:
    """A form in which some text parts are given a file name while it is read.

    A part begins with a delimiter and a few header lines; what may be the beginning of them is
    kept until the rest has come.
    """

    _MOST_HEADER = 4096

    def __init__(self, stream: Any, boundary: bytes, names: tuple[str, ...]) -> None:
        self._stream = stream
        self._boundary = boundary
        self._part = re.compile(re.escape(boundary) + rb"[ \t]*\r\n.*?\r\n\r\n", re.DOTALL)
        wanted = "|".join(map(re.escape, names)).encode()
        self._wanted = re.compile(rb"[; \t]name=\"?(?:" + wanted + rb")\"?\s*[;\r]", re.IGNORECASE)
        self._kept = b""

    def read(self, size: int = -1) -> bytes:
        while True:
            more: bytes = self._stream.read(size)
            data, self._kept = self._kept + more, b""
            if more:
                end = self._complete(data)
                data, self._kept = data[:end], data[end:]
            if data or not more:
                return self._part.sub(self._named, data)

    def _complete(self, data: bytes) -> int:
        """Offset of the last part whose header may go on; else short of a delimiter's length."""
        begin = data.rfind(self._boundary)
        open_header = begin >= 0 and b"\r\n\r\n" not in data[begin:]
        if open_header and len(data) - begin < self._MOST_HEADER:
            return begin
        return max(len(data) - len(self._boundary) + 1, 0)

    def _named(self, part: "re.Match[bytes]") -> bytes:
        header = part[0]
        if b"filename" in header.lower() or not self._wanted.search(header):
            return header
        return _DISPOSITION.sub(rb'\1; filename="text"', header, count=1)


def _boundary(media_type: str | None) -> bytes:
    """The boundary before every part; empty when the type names none that could be used."""
    named: str = parse_header_parameters(media_type or "")[1].get("boundary", "")
    return f"--{named}".encode("ascii", errors="ignore") if named else b""


def _opening(stream: Any) -> tuple[bytes, bytes]:
    """The boundary that a body begins with, and what was read to find it. Raises `ParseError`."""
    read: bytes = stream.read(_LONGEST_OPENING)
    found = _OPENING.match(read)
    if found is None:
        raise ParseError(
            "the Content-Type names no boundary; do not set this header by hand, your HTTP client "
            "adds it to a form"
        )
    return b"--" + found[1], read
