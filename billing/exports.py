"""The ledger as CSV, streamed."""

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from billing.models import Entry
from common.http.errors import timestamp
from common.spreadsheets import harmless, lines

COLUMNS = (
    "id",
    "createdAt",
    "kind",
    "creditsChange",
    "heldChange",
    "availableAfter",
    "heldAfter",
    "reference",
    "reason",
)


def csv_response(request: HttpRequest, chunks: Iterable[list[Entry]]) -> StreamingHttpResponse:
    """A download that is written while the entries are read, a chunk at a time."""
    parts = csv_parts(chunks)
    # Under ASGI Django would first collect everything that a synchronous iterator yields.
    content = _in_thread(parts) if isinstance(request, ASGIRequest) else parts
    headers = {
        "Content-Disposition": 'attachment; filename="ledger.csv"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def csv_parts(chunks: Iterable[list[Entry]]) -> Iterator[bytes]:
    """A heading, then one line per entry. Amounts are whole credits, times are UTC."""
    yield lines([COLUMNS])
    for chunk in chunks:
        yield lines(map(_row, chunk))


def _row(entry: Entry) -> tuple[str | int, ...]:
    return (
        entry.public_id,
        timestamp(entry.created_at),
        entry.kind,
        entry.delta_available,
        entry.delta_held,
        entry.available_after,
        entry.held_after,
        harmless(entry.reference),
        harmless(entry.reason),
    )


async def _in_thread(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(parts, b""))
    while part := await following():
        yield part
