"""Output of the command: bars and lines for people on stderr, results on stdout."""

import contextlib
import json
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from tqdm import tqdm

from lumiku.protocol import Retry

# Short enough for a terminal of 60 columns.
_IMAGES = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
_BYTES = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}]"
# Waits below this are not worth a line.
_TOLD_S = 3.0


class Console:
    """`quiet` leaves out bars and notes, `as_json` also turns the results into one object."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self._quiet = quiet or as_json
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def bar(
        self, label: str, total: int, *, unit: str = "", done: int = 0, leave: bool = True
    ) -> Iterator["tqdm[Any]"]:
        """A bar, which is not shown where nobody could look at it; `leave` keeps it at the end."""
        shown = tqdm(
            desc=label,
            total=total,
            initial=done,
            unit=unit,
            unit_scale=unit == "B",
            unit_divisor=1024,
            disable=self._quiet or not sys.stderr.isatty(),
            dynamic_ncols=True,
            bar_format=_BYTES if unit == "B" else _IMAGES,
            leave=leave,
            file=sys.stderr,
        )
        with shown, _ticking(shown):
            yield shown

    def advance(self, bar: "tqdm[Any]", by: int) -> None:
        """Move a bar on that several threads share."""
        with self._lock:
            bar.update(by)

    def note(self, text: str) -> None:
        """A line beside the results; a bar moves out of its way."""
        if not self._quiet:
            tqdm.write(text, file=sys.stderr)

    def retrying(self, retry: Retry) -> None:
        if retry.seconds >= _TOLD_S:
            self.note(f"{retry.problem}; trying again in {_duration(retry.seconds)}")

    def error(self, text: str) -> None:
        tqdm.write(f"lumiku: {text}", file=sys.stderr)

    def result(self, fields: dict[str, Any], lines: Iterable[str]) -> None:
        """The result: `fields` as JSON, or `lines` for people; a bar moves out of its way."""
        text = json.dumps(fields, indent=1) if self.as_json else "\n".join(lines)
        if text:
            with tqdm.external_write_mode(file=sys.stdout):
                sys.stdout.write(f"{text}\n")
                sys.stdout.flush()


@contextlib.contextmanager
def _ticking(bar: "tqdm[Any]") -> Iterator[None]:
    """Let the clock of a bar go on while nothing moves it, so that it does not look stuck."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(1.0):
            bar.refresh()

    # A bar that is not shown has no clock.
    ticking = threading.Thread(target=tick, daemon=True)
    if not bar.disable:
        ticking.start()
    try:
        yield
    finally:
        ended.set()
        if not bar.disable:
            ticking.join()


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
