"""Storing the files of a new job or batch together with its rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from django.db import InterfaceError, OperationalError

from common import storage

T = TypeVar("T")

# An object store takes tens of milliseconds for each file, however small.
_AT_ONCE = 8


@dataclass(frozen=True)
class Deposit:
    """A file for storage under `key`: the one that `content` opens, from its current position, or
    a copy of the object `copy_of`.
    """

    key: str
    content: Callable[[], BinaryIO] | None = None
    content_type: str = ""
    copy_of: str = ""


@contextmanager
def stored(deposits: Sequence[Deposit]) -> Iterator[None]:
    """Store the files, and delete them again when the block raises.

    They stay when the database broke off: it may have committed the rows that name them. If it
    has not, the clean-up of orphans deletes them later.
    """
    try:
        _each(_put, deposits)
        yield
    except (OperationalError, InterfaceError):
        raise
    except BaseException:
        _each(storage.delete, [deposit.key for deposit in deposits])
        raise


def _put(deposit: Deposit) -> None:
    if deposit.content is None:
        storage.copy(deposit.copy_of, deposit.key)
    else:
        file, kind = deposit.content(), deposit.content_type
        storage.put(deposit.key, file, content_type=kind, durable=False)


def _each(work: Callable[[T], None], items: Iterable[T]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(work, items):
            pass
