"""CSV that a spreadsheet shows as it is."""

import csv
import io
from collections.abc import Iterable

# Characters that spreadsheets take for the start of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Prefix a text that a spreadsheet would evaluate as a formula with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def lines(rows: Iterable[Iterable[str | int]]) -> bytes:
    """Rows as CSV in UTF-8; texts that callers chose have to be `harmless`."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
