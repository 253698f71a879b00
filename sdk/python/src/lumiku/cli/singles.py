"""`lumiku remove` and `lumiku watch`: images one by one."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from lumiku import errors
from lumiku.cli import work as shared
from lumiku.cli.journal import Outcome, Stamp
from lumiku.cli.work import OF_THE_PICTURE, Work

_EXTENSIONS = {
    "image/png": ".png",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "application/zip": ".zip",
}


def remove(work: Work, paths: Sequence[Path], *, at_once: int) -> int:
    """Cut out what is not done yet; returns the exit status."""
    pending = work.pending(paths)
    outcomes = each(work, pending, at_once=at_once)
    return shared.report(work, outcomes, skipped=len(paths) - len(pending))


def each(work: Work, paths: Sequence[Path], *, at_once: int) -> list[Outcome]:
    """The outcomes of all `paths`. Raises what concerns more than one picture."""
    outcomes = []
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="lumiku")
    try:
        with work.console.bar("Removing", len(paths), unit="image") as bar:
            for done in as_completed([pool.submit(_one, work, path) for path in paths]):
                outcomes.append(done.result())
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(outcomes, key=lambda one: one.file)


def watch(work: Work, folder: Path, *, interval_s: float, at_once: int) -> int:
    """Cut out every image that appears in `folder`, until Ctrl-C.

    A file is taken once its size and time have stayed the same from one look to the next.
    """
    before: dict[Path, Stamp] = {}
    work.console.note(f"Watching {shared.shown(folder)}; Ctrl-C ends it.")
    try:
        while True:
            found = {path: Stamp.of(path) for path in shared.images_in(folder)}
            settled = [path for path, stamp in found.items() if before.get(path) == stamp]
            for outcome in _watched(work, work.pending(settled), at_once):
                work.console.result(_event(outcome), [_told(outcome)])
            before = found
            time.sleep(interval_s)
    except KeyboardInterrupt:
        return 0


def _watched(work: Work, paths: Sequence[Path], at_once: int) -> list[Outcome]:
    """As `each`, for a watched folder: while the server is unavailable, files wait for the next
    scan.
    """
    try:
        return each(work, paths, at_once=at_once) if paths else []
    except (errors.NotConnected, errors.ServiceUnavailable, errors.RateLimited) as problem:
        work.console.note(f"{problem}; trying again")
        return []


def _one(work: Work, path: Path) -> Outcome:
    stamp = Stamp.of(path)
    about = (stamp, work.server, work.options)
    try:
        cut_out = work.client.remove_bytes(
            path, idempotency_key=work.journal.key(*about), **work.options
        )
    except OF_THE_PICTURE as problem:
        outcome = Outcome(stamp.path, "failed", code=problem.code, message=problem.message)
        work.journal.record(*about, outcome)
        return outcome
    except errors.ApiError:
        work.journal.forget_key(*about)
        raise
    suffix = _EXTENSIONS.get(cut_out.content_type, ".png")
    target = work.output(stamp.path, f"{path.stem}-removed", suffix)
    shared.write(target, cut_out.content)
    outcome = Outcome(stamp.path, "completed", str(target), credits_used=cut_out.credits_used)
    work.journal.record(*about, outcome)
    return outcome


def _event(outcome: Outcome) -> dict[str, Any]:
    return {"file": outcome.file, "status": outcome.status, "output": outcome.output}


def _told(outcome: Outcome) -> str:
    if outcome.status == "completed":
        return f"{shared.shown(outcome.file)} → {shared.shown(outcome.output or '')}"
    return f"{shared.shown(outcome.file)}: {outcome.message} ({outcome.code})"
