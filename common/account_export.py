"""Registry of what an account's data export holds, one function for each app.

`settings.ACCOUNT_EXPORT` names the functions. `accounts.services.export` writes their files into
one ZIP. Secrets have no place in it: no digest, token, signing secret or signed address.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from common.http.errors import timestamp
from common.spreadsheets import harmless, lines
from common.users import UserRef

_ROWS = 1000


@dataclass(frozen=True)
class File:
    """One file of the export; its bytes are made while they are read."""

    name: str
    chunks: Iterable[bytes]


class Files(Protocol):
    """One app's files about a user."""

    def __call__(self, *, user: UserRef) -> Iterable[File]: ...


def files(*, user: UserRef) -> Iterator[File]:
    """The files of every app, in the order of the registry."""
    for path in settings.ACCOUNT_EXPORT:
        yield from import_string(path)(user=user)


def document(name: str, data: Mapping[str, Any]) -> File:
    """A JSON file of one object."""
    text = json.dumps(data, indent=2, ensure_ascii=False, default=_plain)
    return File(name, [f"{text}\n".encode()])


def table(name: str, rows: QuerySet[Any], columns: Mapping[str, str]) -> File:
    """A CSV file of rows; `columns` gives each heading its field."""
    return File(name, _csv(rows, columns))


def _csv(rows: QuerySet[Any], columns: Mapping[str, str]) -> Iterator[bytes]:
    yield lines([columns])
    # The values are read a chunk at a time, by a cursor of the database.
    values = rows.values_list(*columns.values()).iterator(_ROWS)
    while chunk := list(islice(values, _ROWS)):
        yield lines([_plain(value) for value in row] for row in chunk)


def _plain(value: Any) -> str | int:
    """A value as a cell, or as what JSON has no type for."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match value:
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case datetime():
            text = timestamp(value)
        case list() | tuple():
            text = " ".join(str(each) for each in value)
        case dict():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return harmless(text)
