"""Files of the embedded services are readable by their owner only."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.private import create, open_log
from sandbox.stripe.store import Store


@pytest.fixture(autouse=True)
def _generous() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_an_existing_log_becomes_private(tmp_path: Path) -> None:
    old = tmp_path / "old.log"
    old.write_text("before\n")
    for path in (old, tmp_path / "logs" / "new.log"):
        with open_log(path) as log:
            log.write(b"after\n")
        assert mode(path) == 0o600
    assert old.read_text() == "before\nafter\n"


def test_the_database_of_payments_is_private_with_all_its_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "stripe" / "objects.sqlite")
    with store.transaction():
        store.add({"id": "cus_1", "object": "customer"})
    found = list((tmp_path / "stripe").iterdir())
    assert len(found) > 1
    assert {mode(path) for path in found} == {0o600}
    store.close()


def test_an_existing_file_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("kept")
    create(path)
    assert path.read_text() == "kept"
