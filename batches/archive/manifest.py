"""The list that lies in every archive: what became of each image, also of those left out; pure."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

NAME = "manifest.csv"
# Spreadsheets guess another encoding without it.
_MARK = "\ufeff"
# Characters with which spreadsheets let a formula begin, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Line:
    """One image. `position` counts from 0 in the order of upload, `entry` is empty when the
    archive does not hold it; credits are whole, sizes in pixels and bytes.
    """

    position: int
    original_name: str
    entry: str
    status: str
    code: str
    message: str
    credits: int
    width: int | None
    height: int | None
    bytes: int | None


def render(lines: Iterable[Line]) -> bytes:
    """CSV as RFC 4180 has it, in UTF-8, with a heading."""
    text = io.StringIO()
    text.write(_MARK)
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(Line))
    writer.writerows([_cell(value) for value in astuple(line)] for line in lines)
    return text.getvalue().encode(errors="replace")


def _cell(value: str | int | None) -> str | int:
    """A cell that no spreadsheet evaluates: formulas get a leading apostrophe."""
    if not isinstance(value, str):
        return "" if value is None else value
    plain = value.replace("\0", "")
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) or plain[:1] in _FORMULA else plain
