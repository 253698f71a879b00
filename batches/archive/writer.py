"""The bytes of an archive, made while they are read, in constant memory.

Entries are stored, not deflated: pictures do not get smaller. The manifest comes last, because only
then is it known which results could be read.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from zipstream import ZIP_STORED, ZipStream

from batches.archive import manifest, names
from common import storage
from removal.bulk import Image

COMPLETED = "completed"
GONE = "RESULT_GONE"
_GONE_MESSAGE = "The result was deleted before the archive was written"

Open = Callable[[str], storage.Stream]


def pieces(images: Sequence[Image], *, open: Open = storage.stream) -> Iterator[bytes]:
    """A whole ZIP of the finished images, in their order.

    `open` gives the stream of a result's key and raises `FileNotFoundError` when it is gone: the
    image is then left out. What else a stream raises ends the archive, which is worthless then.
    """
    archive = ZipStream(compress_type=ZIP_STORED)
    named = entries(images)
    lines = []
    for image in images:
        entry = named.get(image.position, "")
        written = bool(entry) and (yield from _entry(archive, image, entry, open))
        lines.append(_line(image, entry if written else ""))
    archive.add(manifest.render(lines), manifest.NAME)
    yield from archive.finalize()


def entries(images: Sequence[Image]) -> dict[int, str]:
    """The names by position of all images that were finished, even if their result is gone.

    The same images, given as a whole and in order, get the same names every time.
    """
    finished = [image for image in images if image.status == COMPLETED]
    named = names.entry_names((image.filename, image.result_format) for image in finished)
    return dict(zip((image.position for image in finished), named, strict=True))


def _entry(
    archive: ZipStream, image: Image, entry: str, open: Open
) -> Generator[bytes, None, bool]:
    """The bytes of an entry; its value says whether the result was there."""
    if not image.result_key:
        return False
    try:
        stream = open(image.result_key)
    except FileNotFoundError:
        return False
    with closing(stream):
        archive.add(stream, entry, size=image.result_size)
        yield from archive.file()
    return True


def _line(image: Image, entry: str) -> manifest.Line:
    finished = image.status == COMPLETED
    gone = finished and not entry
    return manifest.Line(
        position=image.position,
        original_name=image.filename,
        entry=entry,
        status=image.status,
        code=GONE if gone else image.error_code,
        message=_GONE_MESSAGE if gone else image.error_message,
        credits=image.price if finished else 0,
        width=image.result_width,
        height=image.result_height,
        bytes=image.result_size,
    )
