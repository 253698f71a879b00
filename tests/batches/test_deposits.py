"""The files of a new batch stay or go with its rows."""

import pytest
from django.db import IntegrityError, OperationalError

from common import storage
from common.storage.deposits import Deposit
from common.storage.deposits import stored as storing
from tests.batches.factories import PHOTO, files
from tests.removal.conftest import Files

KEYS = [
    "uploads/background-remover/user_1/job_1.jpg",
    "uploads/background-remover/user_1/job_2.jpg",
]


def deposits() -> list[Deposit]:
    return [
        Deposit(key, content=file.open, content_type="image/jpeg")
        for key, file in zip(KEYS, files(2), strict=True)
    ]


def test_they_are_whole(stored: Files) -> None:
    with storing(deposits()):
        pass
    assert [storage.read(key) for key in KEYS] == [PHOTO] * 2


@pytest.mark.parametrize("problem", [IntegrityError, ValueError, KeyboardInterrupt])
def test_they_go_when_there_are_no_rows(stored: Files, problem: type[BaseException]) -> None:
    with pytest.raises(problem), storing(deposits()):
        raise problem
    assert list(stored) == []


def test_they_stay_when_the_answer_to_the_commit_was_lost(stored: Files) -> None:
    """The rows may be there, and an image without its file could not be worked on."""
    with pytest.raises(OperationalError), storing(deposits()):
        raise OperationalError("server closed the connection unexpectedly")
    assert list(stored) == KEYS


def test_one_that_cannot_be_stored_takes_the_others_along(stored: Files) -> None:
    taken, fine = deposits()
    storage.put(taken.key, b"older", content_type="image/jpeg")
    with pytest.raises(storage.AlreadyStored), storing([fine, taken]):
        pytest.fail("the block must not run")
    assert fine.key not in list(stored)
