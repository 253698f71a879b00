"""Celery tasks declared apart from their functions, for modules that must not import these.

`billing.tasks` imports the services, and the services have to start its tasks. So a task is
declared below both, as a `TaskRef`; the service sends it and the tasks module binds a function to
it. The list of references of a `TaskRef` shows who sends the task and what it runs.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from celery import current_app, shared_task
from celery.app.task import Task
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common import valkey

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskRef:
    """A Celery task: its name, the broker's queue, and how long its message is worth keeping.

    A message without `expires_s` is kept until a worker takes it. Where a sweeper sends it again
    anyway, let it expire, so that messages do not pile up while no worker listens.
    """

    name: str
    queue: str
    expires_s: int | None = None

    declared: ClassVar[dict[str, "TaskRef"]] = {}

    def __post_init__(self) -> None:
        if self.declared.setdefault(self.name, self) != self:
            raise ValueError(f"{self.name} is declared twice")

    def bind(self, **options: Any) -> Callable[[Callable[..., Any]], Task[..., Any]]:
        """Decorator: the function that runs when this task is received. `options` are Celery's."""
        return shared_task(name=self.name, **options)

    def send(self, **arguments: Any) -> bool:
        """Send the task now; False when the broker does not take it.

        Never raises, because the row is there already: a broker that is unavailable costs only the
        sweeper's delay.
        """
        try:
            current_app.send_task(
                self.name,
                kwargs=arguments,
                queue=self.queue,
                expires=self.expires_s,
                retry_policy={"max_retries": 1, "interval_start": 0.1},
            )
        except (OperationalError, RedisError):
            logger.warning("the broker is unavailable; the sweeper will send %s", self.name)
            return False
        return True

    def backlog(self) -> int:
        """The number of messages in the task's queue; 0 when the broker does not answer."""
        try:
            return cast(int, valkey.client().llen(self.queue))
        except RedisError:
            return 0

    def send_on_commit(self, **arguments: Any) -> None:
        """Send the task once the current transaction is committed, and not if it is rolled back."""
        transaction.on_commit(lambda: self.send(**arguments), robust=True)
