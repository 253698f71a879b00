"""The files that a batch brings along, on their way into storage."""

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
    """A file for storage under `key`: what `content` opens, or a copy of the object `copy_of`."""

    key: str
    content: Callable[[], BinaryIO] | None = None
    content_type: str = ""
    copy_of: str = ""


@contextmanager
def stored(deposits: Sequence[Deposit]) -> Iterator[None]:
    """Put the files into storage, and take them away again when the block raises, unless the
    database may have kept what it was told.
    """
    try:
        _each(_put, deposits)
        yield
    except (OperationalError, InterfaceError):
        # Perhaps it was committed, and only the answer got lost: what no row names is reaped.
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
