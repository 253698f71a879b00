"""`lumiku remove` and `lumiku watch`: images one by one."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from lumiku import errors
from lumiku.cli import work as shared
from lumiku.cli.journal import Outcome, Stamp
from lumiku.cli.work import OF_THE_PICTURE, Work
from lumiku.effects import Operation, together

Told = Callable[[Stamp, Outcome], None]
# Errors that pass by themselves.
_PASSING = (errors.NotConnected, errors.ServiceUnavailable, errors.RateLimited)

_EXTENSIONS = {
    "image/png": ".png",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "application/zip": ".zip",
}


def remove(work: Work, paths: Sequence[Path], *, at_once: int) -> int:
    """Cut out what is not done yet; returns the exit status."""
    earlier = work.earlier(paths)
    outcomes = each(work, work.pending(paths), at_once=at_once)
    return shared.report(work, outcomes, earlier=earlier)


def each(
    work: Work, paths: Sequence[Path], *, at_once: int, told: Told | None = None
) -> list[Outcome]:
    """The outcomes of all `paths`; `told` is called with each one. Raises what concerns more than
    one picture.
    """
    # A watch would leave one after each look.
    with work.console.bar("Removing", len(paths), leave=told is None) as bar:

        def ended(stamp: Stamp, outcome: Outcome) -> None:
            work.console.advance(bar, 1)
            if told:
                told(stamp, outcome)

        operations = (_one(work, path, ended) for path in paths)
        outcomes = work.client._driver.run(together(operations, limit=at_once))
    return sorted(outcomes, key=lambda one: one.file)


def watch(work: Work, folder: Path, *, interval_s: float, at_once: int) -> int:
    """Cut out every image that appears in `folder`, until Ctrl-C; 0 if nothing was left to do then.

    A file is taken once its size and time have stayed the same from one look to the next.
    """
    watched = _Watched(work, folder)
    try:
        work.console.note(f"Watching {shared.shown(folder)}; Ctrl-C ends it.")
        while True:
            watched.look(at_once)
            time.sleep(interval_s)
    except KeyboardInterrupt:
        if watched.left(shared.images_in(folder)):
            raise
        return 0


class _Watched:
    """A watched folder, from one look to the next."""

    def __init__(self, work: Work, folder: Path) -> None:
        self._work = work
        self._folder = folder
        self._before: dict[Path, Stamp] = {}
        # With --retry-failed they would be tried again at every look.
        self._failed: set[Stamp] = set()

    def look(self, at_once: int) -> None:
        """Cut out what has settled. While the server is unavailable, files wait for the next look,
        and so does a file that was taken away meanwhile.
        """
        try:
            found = {path: Stamp.of(path) for path in shared.images_in(self._folder)}
            settled = [path for path, stamp in found.items() if self._before.get(path) == stamp]
            self._before = found
            if left := self.left(settled):
                each(self._work, left, at_once=at_once, told=self._tell)
        except (*_PASSING, FileNotFoundError) as problem:
            self._work.console.note(f"{problem}; trying again")

    def left(self, paths: Iterable[Path]) -> list[Path]:
        """The images that are not done and did not fail while this command watched."""
        return [one for one in self._work.pending(paths) if Stamp.of(one) not in self._failed]

    def _tell(self, stamp: Stamp, outcome: Outcome) -> None:
        if outcome.status == "failed":
            self._failed.add(stamp)
        self._work.console.result(_event(outcome), [_told(outcome)])


def _one(work: Work, path: Path, ended: Told) -> Operation[Outcome]:
    stamp = Stamp.of(path)
    about = (stamp, work.server, work.options)
    try:
        cut_out = yield from work.client._operations.remove_bytes(
            image=path, image_url=None, key=work.journal.key(*about), fields=work.options
        )
    except OF_THE_PICTURE as problem:
        outcome = Outcome(stamp.path, "failed", code=problem.code, message=problem.message)
    except errors.ApiError as problem:
        if not shared.may_be_done(problem):
            work.journal.forget_key(*about)
        raise
    else:
        suffix = _EXTENSIONS.get(cut_out.content_type, ".png")
        target = work.output(stamp.path, f"{path.stem}-removed", suffix)
        shared.write(target, cut_out.content)
        used = cut_out.credits_used
        outcome = Outcome(stamp.path, "completed", str(target), credits_used=used)
    work.journal.record(*about, outcome)
    ended(stamp, outcome)
    return outcome


def _event(outcome: Outcome) -> dict[str, Any]:
    return {"file": outcome.file, "status": outcome.status, "output": outcome.output}


def _told(outcome: Outcome) -> str:
    if outcome.status == "completed":
        return f"{shared.shown(outcome.file)} → {shared.shown(outcome.output or '')}"
    return f"{shared.shown(outcome.file)}: {outcome.message} ({outcome.code})"
