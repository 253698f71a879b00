"""The store of all objects: one SQLite file, in which each request is one transaction."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.private import create

Object = dict[str, Any]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
"""


@dataclass
class _Loaded:
    body: Object
    written: str


class Store:
    """Objects by id. Inside `transaction` they are mutable dicts: each id always has the same dict,
    and changes are written at the end.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path:
            # SQLite's files beside the database take the same permissions.
            create(path)
        self._db = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._lock = threading.Lock()
        self._loaded: dict[str, _Loaded] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Context manager of the only transaction at a time; an error rolls it back unless the
        error `keeps`.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException as problem:
                self._end(keep=getattr(problem, "keeps", False))
                raise
            self._end(keep=True)

    def close(self) -> None:
        """Close the store; no transaction may follow."""
        with self._lock:
            self._db.close()

    def add(self, body: Object) -> Object:
        """Store a new object under its `id` and `object`; returns the same dict."""
        text = json.dumps(body)
        self._db.execute(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?)",
            (body["id"], body["object"], text),
        )
        self._loaded[body["id"]] = _Loaded(body, text)
        return body

    def find(self, object_id: str) -> Object | None:
        """The object with that id, or None."""
        if object_id in self._loaded:
            return self._loaded[object_id].body
        row = self._db.execute("SELECT id, body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return self._load(*row) if row else None

    def remove(self, object_id: str) -> None:
        """Delete an object."""
        self._loaded.pop(object_id, None)
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def select(self, kind: str, **equal: Any) -> list[Object]:
        """Objects of a kind, oldest first. `subscription="sub_1"` compares a field, with `__` for a
        dot.
        """
        self._flush(kind)
        clauses = "".join(" AND json_extract(body, ?) IS ?" for _ in equal)
        values = [
            part
            for name, value in equal.items()
            for part in ("$." + ".".join(f'"{step}"' for step in name.split("__")), value)
        ]
        rows = self._db.execute(
            f"SELECT id, body FROM objects WHERE kind = ?{clauses} ORDER BY seq",  # noqa: S608
            (kind, *values),
        )
        return [self._load(*row) for row in rows.fetchall()]

    def newest(self, kind: str) -> Iterator[Object]:
        """Copies of the objects of a kind, newest first, each read lazily."""
        self._flush(kind)
        rows = self._db.execute(
            "SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC", (kind,)
        )
        return (json.loads(body) for (body,) in rows)

    def count(self, kind: str) -> int:
        """The number of objects of a kind."""
        row = self._db.execute("SELECT count(*) FROM objects WHERE kind = ?", (kind,)).fetchone()
        return int(row[0])

    def _load(self, object_id: str, text: str) -> Object:
        if object_id not in self._loaded:
            self._loaded[object_id] = _Loaded(json.loads(text), text)
        return self._loaded[object_id].body

    def _flush(self, kind: str | None = None) -> None:
        for object_id, loaded in self._loaded.items():
            if kind and loaded.body["object"] != kind:
                continue
            text = json.dumps(loaded.body)
            if text != loaded.written:
                self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (text, object_id))
                loaded.written = text

    def _end(self, *, keep: bool) -> None:
        try:
            if keep:
                self._flush()
        finally:
            self._db.execute("COMMIT" if keep else "ROLLBACK")
            self._loaded.clear()
