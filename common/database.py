"""Connection handling: returning connections to the pool early, and waiting out a restart."""

import logging
from collections.abc import Callable
from typing import TypeVar

import tenacity
from django.db import InterfaceError, OperationalError, connections

logger = logging.getLogger(__name__)

RETRY_FOR_S = 30.0
_Found = TypeVar("_Found")


def release(alias: str = "default") -> None:
    """Give this thread's connection back to the pool before something that takes long.

    A request keeps its connection until its answer is sent, so a few slow downloads or waiting
    clients would hold the whole pool. Inside a transaction this does nothing; the next query
    takes a connection again.
    """
    connection = connections[alias]
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


def retrying(
    transaction: Callable[[], _Found], *, wait_s: float = RETRY_FOR_S, alias: str = "default"
) -> _Found:
    """Run a transaction, again and again while the database is unavailable, for up to `wait_s`.

    The first try may have been committed although its answer was lost, so running `transaction`
    twice must be harmless. Inside of another transaction it runs once. Raises what it raises.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        return transaction()

    def start_over(state: tenacity.RetryCallState) -> None:
        logger.warning("the database is unavailable; try %s failed", state.attempt_number)
        connection.close()

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((OperationalError, InterfaceError)),
        stop=tenacity.stop_after_delay(wait_s),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=2),
        before_sleep=start_over,
        reraise=True,
    )
    return retrying(transaction)
