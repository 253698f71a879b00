import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.archive import manifest
from batches.archive.manifest import Line


def line(**changes: Any) -> Line:
    fields: dict[str, Any] = {
        "position": 0,
        "original_name": "shoe.jpg",
        "entry": "removed-shoe.png",
        "status": "completed",
        "code": "",
        "message": "",
        "credits": 8,
        "width": 640,
        "height": 480,
        "bytes": 1000,
    }
    return Line(**{**fields, **changes})


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_image_has_a_line_with_all_that_is_known() -> None:
    failed = line(
        position=1,
        entry="",
        status="failed",
        code="INVALID_FILE_TYPE",
        message='No, "it" isn\'t',
        credits=0,
        width=None,
        height=None,
        bytes=None,
    )
    first, second = rows(manifest.render([line(), failed]))
    assert list(first.values()) == [
        "0", "shoe.jpg", "removed-shoe.png", "completed", "", "", "8", "640", "480", "1000",
    ]  # fmt: skip
    assert list(second.values()) == [
        "1", "shoe.jpg", "", "failed", "INVALID_FILE_TYPE", 'No, "it" isn\'t', "0", "", "", "",
    ]  # fmt: skip


def test_it_begins_with_the_mark_of_utf_8_for_spreadsheets() -> None:
    data = manifest.render([line(original_name="写真.jpg")])
    assert data.startswith("\ufeff".encode())
    assert rows(data)[0]["original_name"] == "写真.jpg"


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "＝1", "\0=1"]
)
def test_a_formula_is_only_text(name: str) -> None:
    [row] = rows(manifest.render([line(original_name=name, message=name)]))
    assert row["original_name"].startswith("'")
    assert row["message"].startswith("'")


@given(st.text())
def test_every_name_is_one_cell_and_no_formula(name: str) -> None:
    [row] = rows(manifest.render([line(original_name=name)]))
    assert row["entry"] == "removed-shoe.png"
    assert (
        not row["original_name"].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    )
