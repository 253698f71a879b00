"""A limit on the processor time that decoding one file may take."""

import io
import time
from collections.abc import Callable

from removal.engine.errors import UnreadableImage


class BudgetedFile(io.BytesIO):
    """The bytes of an image; reading them raises UnreadableImage once decoding took too long.

    Pillow reads a file piece by piece, so a file that was made to take long is given up midway.
    Only the processor time of this thread counts, so that a busy machine refuses nothing.
    """

    def __init__(
        self, data: bytes, *, seconds: float, clock: Callable[[], float] = time.thread_time
    ) -> None:
        super().__init__(data)
        self._clock = clock
        self._end = clock() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        if self._clock() > self._end:
            raise UnreadableImage("the image file takes more work than any picture needs")
        return super().read(size)
