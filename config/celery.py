"""The Celery application.

The work itself is stored in Postgres; a Celery task only wakes a worker.
"""

import os
from typing import Any

from celery import Celery
from kombu.transport import redis
from redis.exceptions import ConnectionError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

app = Celery("lumiku")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["batches.uploads"])


class Channel(redis.Channel):
    """Kombu's channel, which after the loss of its connection says that it has none.

    When the broker becomes unavailable while a task runs, Celery closes the lost connection, and
    the channel is used twice more: to put the message back, and to acknowledge it once the task is
    done. Kombu fails there with an AttributeError, which ends the whole worker. A connection error
    is logged instead, and the worker reconnects. The message is not needed: its row is in Postgres.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        transport = self.connection
        if transport is None or transport.client is None:
            raise ConnectionError("the connection of this channel was lost")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # not in the stubs


redis.Transport.Channel = Channel
