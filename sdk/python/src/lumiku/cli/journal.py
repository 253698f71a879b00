"""The state file of an output folder: what was begun and what is done, so that a run can go on.

One JSON object a line, written before and after whatever costs credits or traffic. A line that a
killed run left unfinished is ignored. The file holds short-lived upload addresses, and is for its
owner's eyes only.
"""

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from lumiku.decoding import decode, wire_name
from lumiku.errors import ConfigurationError
from lumiku.models import UploadSlot
from lumiku.protocol import new_key

NAME = ".lumiku.jsonl"


@dataclass(frozen=True)
class Stamp:
    """A file as it was: by its path, size and time of change one tells whether it is the same."""

    path: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        found = path.stat()
        return cls(str(path.resolve()), found.st_size, found.st_mtime_ns)


@dataclass
class Plan:
    """One batch, from the choice of its files to its results."""

    id: str
    key: str
    server: str
    options: dict[str, Any]
    files: list[Stamp]
    slots: list[UploadSlot] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    starting: bool = False
    batch_id: str | None = None
    closed: bool = False


@dataclass(frozen=True)
class Outcome:
    """Outcome of one file: `completed` with its `output`, or `failed` with a `code`."""

    file: str
    status: str
    output: str | None = None
    code: str | None = None
    message: str | None = None
    credits_used: int = 0


class Journal:
    """Records about one output folder; valid inside `opened`."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.plans: dict[str, Plan] = {}
        self._keys: dict[tuple[str, ...], str] = {}
        self._outcomes: dict[tuple[str, ...], Outcome] = {}
        self._sources: dict[str, str] = {}
        self._ends_cleanly = True
        for line in file:
            self._ends_cleanly = line.endswith("\n")
            with contextlib.suppress(ValueError):
                self._replay(json.loads(line))

    # --- single images ---

    def key(self, stamp: Stamp, server: str, options: dict[str, Any]) -> str:
        """The idempotency key under which this image is, or was, sent."""
        name = _name(stamp, server, options)
        with self._lock:
            if name in self._keys:
                return self._keys[name]
        key = new_key()
        self._write("key", name=name, key=key)
        return key

    def forget_key(self, stamp: Stamp, server: str, options: dict[str, Any]) -> None:
        """The request was refused, and its answer is kept under the key: the next needs another."""
        self._write("forget", name=_name(stamp, server, options))

    def outcome(self, stamp: Stamp, server: str, options: dict[str, Any]) -> Outcome | None:
        """Outcome of the file in an earlier run, if it has not changed since."""
        return self._outcomes.get(_name(stamp, server, options))

    def record(self, stamp: Stamp, server: str, options: dict[str, Any], outcome: Outcome) -> None:
        self._write("outcome", name=_name(stamp, server, options), outcome=outcome.__dict__)

    def output(self, source: str, candidates: Iterable[Path]) -> Path:
        """The first of `candidates` that no other file's result has."""
        with self._lock:
            for path in candidates:
                if self._sources.setdefault(str(path), source) == source:
                    return path
        raise ConfigurationError(f"no free name for the result of {source}")

    # --- batches ---

    def plan(self, server: str, options: dict[str, Any], files: list[Stamp]) -> Plan:
        plan_id = new_key()
        self._write(
            "plan",
            plan=plan_id,
            key=new_key(),
            server=server,
            options=options,
            files=[one.__dict__ for one in files],
        )
        return self.plans[plan_id]

    def announced(self, plan: Plan, slots: list[UploadSlot]) -> None:
        texts = [{**one.__dict__, "expires_at": one.expires_at.isoformat()} for one in slots]
        self._write("announced", plan=plan.id, slots=texts)

    def sending(self, plan: Plan, upload_id: str) -> None:
        self._write("sending", plan=plan.id, upload=upload_id)

    def sent(self, plan: Plan, upload_id: str) -> None:
        self._write("sent", plan=plan.id, upload=upload_id)

    def starting(self, plan: Plan) -> None:
        self._write("starting", plan=plan.id)

    def refused(self, plan: Plan) -> None:
        """The start was refused; what was uploaded stays, and the next try has another key."""
        self._write("refused", plan=plan.id, key=new_key())

    def started(self, plan: Plan, batch_id: str) -> None:
        self._write("started", plan=plan.id, batch=batch_id)

    def close(self, plan: Plan) -> None:
        """Close the plan: its results are here, or it was given up before it started."""
        self._write("closed", plan=plan.id)

    def _write(self, event: str, **fields: Any) -> None:
        entry = json.loads(json.dumps({"event": event, **fields}))
        with self._lock:
            self._replay(entry)
            # What a killed run left must not swallow the line after it.
            before = "" if self._ends_cleanly else "\n"
            self._ends_cleanly = True
            self._file.write(f"{before}{json.dumps(entry)}\n")
            self._file.flush()

    def _replay(self, entry: dict[str, Any]) -> None:
        event = entry["event"]
        if event in ("key", "forget", "outcome"):
            self._replay_single(event, tuple(entry["name"]), entry)
        elif event == "plan":
            files = [Stamp(**one) for one in entry["files"]]
            self.plans[entry["plan"]] = Plan(
                entry["plan"], entry["key"], entry["server"], entry["options"], files
            )
        elif plan := self.plans.get(entry["plan"]):
            _change(plan, event, entry)

    def _replay_single(self, event: str, name: tuple[str, ...], entry: dict[str, Any]) -> None:
        if event == "key":
            self._keys[name] = entry["key"]
            return
        self._keys.pop(name, None)
        if event == "outcome":
            outcome = self._outcomes[name] = Outcome(**entry["outcome"])
            # Of several files in one archive none has the name to itself.
            if outcome.output:
                self._sources.setdefault(outcome.output, outcome.file)


def _change(plan: Plan, event: str, entry: dict[str, Any]) -> None:
    match event:
        case "announced":
            texts = [{wire_name(k): v for k, v in one.items()} for one in entry["slots"]]
            plan.slots = [decode(UploadSlot, one) for one in texts]
        case "sending":
            plan.begun.add(entry["upload"])
        case "sent":
            plan.sent.add(entry["upload"])
        case "starting":
            plan.starting = True
        case "refused":
            plan.starting, plan.key = False, entry["key"]
        case "started":
            plan.batch_id = entry["batch"]
        case "closed":
            plan.closed = True


def _name(stamp: Stamp, server: str, options: dict[str, Any]) -> tuple[str, ...]:
    described = json.dumps(options, sort_keys=True)
    return stamp.path, str(stamp.size), str(stamp.mtime_ns), server, described


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The journal of `folder`, for this process alone. Raises ConfigurationError."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        _lock(file, folder)
        file.seek(0)
        yield Journal(file)


def reading(folder: Path) -> Journal:
    """The records about `folder`, without making or locking anything, for a dry run."""
    try:
        with (folder / NAME).open(encoding="utf-8") as file:
            return Journal(file)
    except FileNotFoundError:
        with Path(os.devnull).open(encoding="utf-8") as nothing:
            return Journal(nothing)


def _lock(file: IO[str], folder: Path) -> None:
    """Held until the file is closed, also by a kill. Windows has no such lock, and does without."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ConfigurationError(f"another lumiku is working in {folder}") from None
