import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connections, transaction

from common import database
from common.workqueue import wakeup


@pytest.fixture
def pooled(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The test database through a pool that holds a single connection."""
    wrapper: Any = connections["default"]
    wrapper.close()
    pool = {"min_size": 1, "max_size": 1, "timeout": 10}
    monkeypatch.setitem(wrapper.settings_dict["OPTIONS"], "pool", pool)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("pooled")
def test_a_released_connection_serves_somebody_else() -> None:
    answers: list[int] = []

    def other() -> None:
        answers.append(ask())
        connections["default"].close()

    ask()
    database.release()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert answers == [1]
    assert ask() == 1


def test_a_transaction_keeps_its_connection(pooled: Any) -> None:
    with transaction.atomic():
        ask()
        database.release()
        assert pooled.connection is not None


def test_a_connection_without_a_pool_stays_open() -> None:
    ask()
    database.release()
    assert connections["default"].connection is not None


def test_waiting_for_a_wakeup_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[str] = []
    monkeypatch.setattr(database, "release", lambda: released.append("now"))
    wakeup.wait("job:1", timeout_s=0.01)
    assert released == ["now"]


class TestPatience:
    """Called outside of a test's transaction, as workers do."""

    def test_comes_back_with_the_database(self) -> None:
        tries = [OperationalError(), InterfaceError()]

        def transaction() -> str:
            if tries:
                raise tries.pop()
            return "done"

        assert database.retrying(transaction) == "done"

    def test_ends(self) -> None:
        def transaction() -> None:
            raise OperationalError("still away")

        with pytest.raises(OperationalError, match="still away"):
            database.retrying(transaction, wait_s=0)

    def test_other_errors_are_not_for_waiting(self) -> None:
        calls: list[int] = []

        def transaction() -> None:
            calls.append(1)
            raise IntegrityError

        with pytest.raises(IntegrityError):
            database.retrying(transaction)
        assert calls == [1]
