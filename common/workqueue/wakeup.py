"""Wakeup of one waiter in another process; one that comes first is kept for two minutes.

It only saves polling: a waiter looks at the database before and after.
"""

import logging
import math
import time

from redis.exceptions import RedisError

from common import database, valkey

logger = logging.getLogger(__name__)

PREFIX = "lumiku:wakeup:"
KEPT_S = 120
# One blocking read; shorter than the socket's timeout, so that a dead server is noticed.
SLICE_S = 2.0
# The pause of a waiter while there is no server, so that its caller's loop does not spin.
REST_S = 0.5


def notify(name: str) -> None:
    """Wake the waiter of `name`. Never raises: the waiter will look by itself."""
    key = PREFIX + name
    try:
        with valkey.client().pipeline(transaction=True) as pipeline:
            pipeline.rpush(key, b"1")
            pipeline.expire(key, KEPT_S)
            pipeline.execute()
    except RedisError:
        logger.warning("%s was not woken: Valkey is unavailable", name)


def wait(name: str, *, timeout_s: float) -> bool:
    """Block until `name` is woken (True) or `timeout_s` seconds are over (False).

    With Valkey away it returns False after at most half a second. Outside of a transaction the
    database connection goes back to the pool meanwhile.
    """
    database.release()
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        try:
            if _listen(PREFIX + name, min(left, SLICE_S)):
                return True
        except RedisError:
            logger.warning("%s waits without wakeups: Valkey is unavailable", name)
            time.sleep(min(left, REST_S))
            return False
    return False


def _listen(key: str, timeout_s: float) -> bool:
    # A timeout of 0 would block for ever, and the server counts in milliseconds.
    seconds = max(math.ceil(timeout_s * 1000), 1) / 1000
    return valkey.client().blpop([key], timeout=seconds) is not None
