"""`lumiku batch`: a folder as batches, from where the last run stopped."""

import contextlib
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from tqdm import tqdm

from lumiku import errors
from lumiku.cli import singles
from lumiku.cli import work as shared
from lumiku.cli.console import counted
from lumiku.cli.journal import Outcome, Plan, Stamp
from lumiku.cli.work import Work
from lumiku.client import Batch
from lumiku.effects import Operation, together
from lumiku.models import Failure, UploadSlot
from lumiku.sources import Source

SMALLEST, LARGEST, MOST_BYTES = 2, 500, 2 * 1024**3
_UPLOADS_AT_ONCE = 4
# An address that ends sooner is not begun with.
_MARGIN = timedelta(minutes=1)
_CANCELLED = Failure("CANCELLED", "The image was cancelled")


def run(work: Work, folder: Path, *, keep_zip: bool) -> int:
    """Go on with what was begun, then do what is left; returns the exit status."""
    images = shared.images_in(folder)
    earlier = work.earlier(images)
    outcomes: list[Outcome] = []
    taken: set[str] = set()
    for plan in open_plans(work):
        found = _carried_out(work, plan, keep_zip=keep_zip)
        outcomes += found
        if plan.options == work.options:
            taken |= {one.file for one in found}
    for part in divided([one for one in work.pending(images) if str(one.resolve()) not in taken]):
        if len(part) < SMALLEST:
            outcomes += singles.each(work, part, at_once=1)
            continue
        plan = work.journal.plan(work.server, work.options, [Stamp.of(path) for path in part])
        outcomes += _carried_out(work, plan, keep_zip=keep_zip)
    return shared.report(work, outcomes, earlier=earlier)


def divided(paths: Sequence[Path]) -> list[list[Path]]:
    """As few parts as the limits of a batch allow, and none much smaller than the others."""
    size = sum(path.stat().st_size for path in paths)
    parts = max(-(-len(paths) // LARGEST), -(-size // MOST_BYTES))
    while parts:
        shares = [list(paths[part::parts]) for part in range(parts)]
        if all(sum(one.stat().st_size for one in share) <= MOST_BYTES for share in shares):
            return shares
        parts += 1
    return []


def open_plans(work: Work) -> list[Plan]:
    """Batches of this server that were begun and whose results are not here."""
    found = [one for one in work.journal.plans.values() if not one.closed]
    return [one for one in found if one.server == work.server and _can_go_on(one)]


def _can_go_on(plan: Plan) -> bool:
    """A batch that may have started is always looked for; one that has not needs its files as they
    were and its addresses still open.
    """
    if plan.batch_id or plan.starting:
        return True
    soon = datetime.now(UTC) + _MARGIN
    same = all(Path(one.path).exists() and Stamp.of(Path(one.path)) == one for one in plan.files)
    return same and all(slot.expires_at > soon for slot in plan.slots)


def _carried_out(work: Work, plan: Plan, *, keep_zip: bool) -> list[Outcome]:
    if plan.batch_id is None:
        _upload(work, plan)
        if not _start(work, plan):
            return []
    else:
        work.console.note(f"Going on with {plan.batch_id}, which a run before started.")
    batch = work.client.batch(plan.batch_id or "")
    try:
        _follow(work, batch)
        return _collect(work, plan, batch, keep_zip=keep_zip)
    except (errors.NotFound, errors.Gone) as problem:
        return _lost(work, plan, problem)


def _lost(work: Work, plan: Plan, problem: errors.ApiError) -> list[Outcome]:
    """The results are no longer kept, or were another account's. To start anew would cost credits
    again, which only `--retry-failed` may.
    """
    outcomes = [
        Outcome(one.path, "failed", code=problem.code, message=problem.message)
        for one in plan.files
    ]
    for stamp, outcome in zip(plan.files, outcomes, strict=True):
        work.journal.record(stamp, plan.server, plan.options, outcome)
    work.journal.close(plan)
    return outcomes


def _upload(work: Work, plan: Plan) -> None:
    """Send what has not arrived yet, in the order of the files."""
    run_operation = work.client._driver.run
    operations = work.client._operations
    if plan.starting:
        return
    sources = [Source(one.path) for one in plan.files]
    if not plan.slots:
        work.journal.announced(plan, run_operation(operations.announce(sources)))
    pairs = list(zip(plan.slots, sources, strict=True))
    arrived = sum(one.size for slot, one in pairs if slot.upload_id in plan.sent)
    total = sum(one.size for _, one in pairs)
    with work.console.bar("Uploading", total, unit="B", done=arrived) as bar:
        left = [(slot, one) for slot, one in pairs if slot.upload_id not in plan.sent]
        sending = (_sent(work, plan, slot, source, bar) for slot, source in left)
        run_operation(together(sending, limit=_UPLOADS_AT_ONCE))


def _sent(
    work: Work, plan: Plan, slot: UploadSlot, source: Source, bar: "tqdm[Any]"
) -> Operation[None]:
    operations = work.client._operations
    arrived = False
    if slot.upload_id in plan.begun:
        # A run before was ended while it sent this file, or before it could note the end.
        arrived = (yield from operations.uploaded(slot.upload_id)).status == "uploaded"
    if not arrived:
        work.journal.sending(plan, slot.upload_id)
        yield from operations.upload(slot, source)
    work.journal.sent(plan, slot.upload_id)
    work.console.advance(bar, source.size)


def _start(work: Work, plan: Plan) -> bool:
    """Start the batch under the plan's key; False if it cannot be, and has to be planned anew."""
    operations = work.client._operations
    ids = [slot.upload_id for slot in plan.slots]
    again, name = plan.starting, Path(plan.files[0].path).parent.name[:120]
    work.journal.starting(plan)
    try:
        started = work.client._driver.run(
            operations.start_uploaded(ids, key=plan.key, fields={**plan.options, "name": name})
        )
    except errors.ApiError as problem:
        if shared.may_be_done(problem):
            raise
        work.journal.refused(plan)
        if again and problem.status not in (402, 403, 429):
            # The files are no longer there: a run that is a day old, for example.
            work.journal.close(plan)
            work.console.note(f"What a run before had uploaded cannot be used: {problem}")
            return False
        raise
    work.journal.started(plan, started.batch_id)
    work.console.note(
        f"{started.batch_id}: {counted(started.total_images, 'image')}, at most "
        f"{counted(started.pricing.final_total, 'credit')}"
    )
    return True


def _follow(work: Work, batch: Batch) -> None:
    total = batch.get_progress().total_images
    with (
        work.console.bar("Removing", total) as bar,
        contextlib.closing(batch.follow()) as states,
    ):
        for state in states:
            ended = state.processed_images + state.failed_images + state.cancelled_images
            bar.set_postfix_str(state.status, refresh=False)
            bar.update(ended - bar.n)


def _collect(work: Work, plan: Plan, batch: Batch, *, keep_zip: bool) -> list[Outcome]:
    """Download the results, and note what became of each file."""
    status = batch.status()
    archive = work.out / f"{batch.id}.zip"
    if status.progress.processed_images:
        work.console.note(f"Downloading {batch.id}…")
        batch.download_zip(archive)
    outcomes = []
    with _Archive(archive, keep=keep_zip) as results:
        for stamp, item in zip(plan.files, batch.items(), strict=True):
            if item.status == "completed":
                output = results.take(work, stamp.path, item.zip_name or "")
                used = item.price
                outcome = Outcome(stamp.path, "completed", str(output), credits_used=used)
            else:
                failure = item.error or status.error or _CANCELLED
                outcome = Outcome(stamp.path, "failed", code=failure.code, message=failure.message)
            work.journal.record(stamp, plan.server, plan.options, outcome)
            outcomes.append(outcome)
    work.journal.close(plan)
    return outcomes


class _Archive:
    """A downloaded ZIP: kept as it is, or taken apart and deleted."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self._path = path
        self._keep = keep
        self._zip: zipfile.ZipFile | None = None

    def __enter__(self) -> "_Archive":
        if self._path.exists() and not self._keep:
            self._zip = zipfile.ZipFile(self._path)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()
            if kind is None:
                self._path.unlink()

    def take(self, work: Work, source: str, name: str) -> Path:
        """The path of the result called `name`; only the last part of the name is used."""
        if self._zip is None:
            return self._path
        last = PurePosixPath(name.replace("\\", "/")).name
        target = work.output(source, Path(last).stem, Path(last).suffix)
        shared.write(target, self._zip.read(name))
        return target
