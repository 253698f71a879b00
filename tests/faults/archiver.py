"""A worker that writes one archive and is killed by SIGKILL on the way.

`python -m tests.faults.archiver BATCH_PK BYTES` dies when so many bytes of the archive are made.
"""

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import django

django.setup()

from batches.archive import build, writer  # noqa: E402 - needs the loaded settings


def main(batch_pk: int, deadly: int) -> None:
    whole = writer.pieces

    def pieces(images: Any) -> Iterator[bytes]:
        made = 0
        for piece in whole(images):
            made += len(piece)
            if made >= deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            yield piece

    writer.pieces = pieces  # type: ignore[assignment]
    build.build(batch_id=batch_pk)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
