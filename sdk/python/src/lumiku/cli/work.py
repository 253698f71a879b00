"""Parts that all commands share that cut out: files, options and outcomes."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from lumiku import address, errors
from lumiku.cli.console import Console, counted
from lumiku.cli.journal import Journal, Outcome, Stamp
from lumiku.client import BackgroundRemoverClient
from lumiku.sources import EXTENSIONS

# Errors of one picture; everything else would meet the next one as well.
OF_THE_PICTURE = (errors.InvalidInput, errors.JobFailed)


def may_be_done(problem: errors.ApiError) -> bool:
    """True if the request may have been carried out, or may still be, in spite of this answer.

    A proxy that gives up does not end what the server does. Such a request has to keep its key.
    """
    unknown = isinstance(problem, (errors.RequestInProgress, errors.RequestTimeout))
    return unknown or problem.status >= 500


@dataclass(frozen=True)
class Work:
    """One run: where to, how, and what is known from runs before."""

    client: BackgroundRemoverClient
    console: Console
    journal: Journal
    out: Path
    options: dict[str, Any]
    retry_failed: bool

    @property
    def server(self) -> str:
        return address.origin(self.client.base_url)

    @property
    def tier(self) -> Any:
        return self.options["tier"]

    def outcome(self, path: Path) -> Outcome | None:
        """Earlier outcome of a file; None if it has still to be done."""
        found = self.journal.outcome(Stamp.of(path), self.server, self.options)
        if found is None or (found.status == "failed" and self.retry_failed):
            return None
        # A result that was deleted is wanted again, and paid for again.
        return found if found.output is None or Path(found.output).exists() else None

    def output(self, source: str, name: str, suffix: str) -> Path:
        """The path for the result of `source`: `name`, or with a number if that is another's."""
        numbered = (self.out / f"{name}-{number}{suffix}" for number in range(2, 100_000))
        return self.journal.output(source, chain([self.out / f"{name}{suffix}"], numbered))

    def earlier(self, paths: Iterable[Path]) -> list[Outcome]:
        """The earlier outcomes of those that are not done again."""
        return [found for path in paths if (found := self.outcome(path))]

    def pending(self, paths: Iterable[Path]) -> list[Path]:
        return [path for path in paths if self.outcome(path) is None]


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in the order of their names, without those of its subfolders."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in EXTENSIONS)
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def write(path: Path, content: bytes) -> None:
    """The file appears only when it is whole."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


def shown(path: str | Path) -> str:
    """A path as a user would type it."""
    path, here = Path(path), Path.cwd()
    return os.fspath(path.relative_to(here) if path.is_relative_to(here) else path)


def report(work: Work, outcomes: Sequence[Outcome], *, earlier: Sequence[Outcome]) -> int:
    """Print the result; returns the exit status."""
    done = [one for one in outcomes if one.status == "completed"]
    failed = [one for one in outcomes if one.status != "completed"]
    used = sum(one.credits_used for one in done)
    lines = [f"{shown(one.file)}: {one.message} ({one.code})" for one in failed]
    summary = f"{counted(len(done), 'cut-out')} in {shown(work.out)}, {counted(used, 'credit')}"
    if failed:
        summary += f"; {len(failed)} failed and cost nothing"
    done_before = sum(one.status == "completed" for one in earlier)
    failed_before = len(earlier) - done_before
    if done_before:
        summary += f"; {done_before} done before"
    if failed_before:
        summary += f"; {failed_before} failed before, which --retry-failed tries again"
    fields = {
        "images": [_line(one) for one in outcomes],
        "completed": len(done),
        "failed": len(failed),
        "skipped": len(earlier),
        "creditsUsed": used,
    }
    work.console.result(fields, [*lines, summary])
    return 1 if failed else 0


def _line(outcome: Outcome) -> dict[str, Any]:
    failed = outcome.status != "completed"
    return {
        "file": outcome.file,
        "status": outcome.status,
        "output": outcome.output,
        "creditsUsed": outcome.credits_used,
        "error": {"code": outcome.code, "message": outcome.message} if failed else None,
    }
