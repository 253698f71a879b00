"""Parser of lists of image addresses as text: one a line, or CSV with a header row.

With a header row that names a column `url`, the columns `url` and, if there, `filename` are read;
what separates the names in the header (comma, semicolon or tab) separates the columns. Without one
every line is an address as a whole, because addresses may hold commas.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from rest_framework import parsers

from batches.uploads.addresses import Address
from common.http.errors import InvalidInput

URL_COLUMNS = frozenset({"url", "image_url", "imageurl", "image", "address", "link"})
NAME_COLUMNS = frozenset({"filename", "file_name", "name"})
_SEPARATORS = (";", "\t", ",")
_MOST = 1024 * 1024


class ListParser(parsers.BaseParser):
    """`text/csv`, as a text. Raises `InvalidInput` for what is not UTF-8 or too long."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: bytes = stream.read(_MOST + 1)
        if len(body) > _MOST:
            raise InvalidInput(f"The list is longer than {_MOST} bytes")
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInput("The list is not UTF-8") from None
        if "\0" in text:
            raise InvalidInput("The list holds a NUL character")
        return text


def read(text: str) -> list[Address]:
    """The addresses of a list, each with its line; empty lines are passed over.

    Raises `InvalidInput` for CSV that cannot be read.
    """
    head = text.partition("\n")[0]
    separator = next((one for one in _SEPARATORS if one in head), None)
    columns = [_plain(name) for name in (head.split(separator) if separator else [head])]
    url_at = next((at for at, name in enumerate(columns) if name in URL_COLUMNS), None)
    if url_at is None:
        return list(_lines(text, first=1))
    if separator is None:
        return list(_lines(text.partition("\n")[2], first=2))
    name_at = next((at for at, name in enumerate(columns) if name in NAME_COLUMNS), None)
    try:
        return list(_rows(text, separator, url_at, name_at))
    except csv.Error as problem:
        raise InvalidInput(f"The CSV cannot be read: {problem}") from None


def _lines(text: str, *, first: int) -> Iterator[Address]:
    for line, content in enumerate(text.splitlines(), start=first):
        if url := content.strip().strip('"'):
            yield Address(url, line=line)


def _rows(text: str, separator: str, url_at: int, name_at: int | None) -> Iterator[Address]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    next(reader, None)
    for row in reader:
        if any(cell.strip() for cell in row):
            name = _cell(row, name_at)
            yield Address(_cell(row, url_at), filename=name, line=reader.line_num)


def _cell(row: list[str], at: int | None) -> str:
    return row[at].strip() if at is not None and at < len(row) else ""


def _plain(name: str) -> str:
    return name.strip().strip('"').strip().lower()
