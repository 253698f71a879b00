"""Work queues whose rows are the queue: claim, lease, fence, back-off, dispatch and sweep.

A row that waits in Postgres is the work; a Celery message only makes a worker look. So nothing
is lost with the broker or a worker: `sweep` restores from the rows alone what either has dropped.

- `models.QueueRow`: the columns that a queue's table has.
- `queue.WorkQueue`: one queue, and everything that happens to its rows.
- `dispatch.TaskRef`: a Celery task that can be sent from below the module that defines it.
- `wakeup`: waking one process that waits for one answer.

A new user of this package adds `QueueRow` to its model, declares one `WorkQueue`, and instantiates
the contract in `tests/common/workqueue/contract.py` for it.
"""

from common.workqueue.backoff import doubling
from common.workqueue.dispatch import TaskRef
from common.workqueue.models import QueueRow
from common.workqueue.queue import LeaseLost, Swept, WorkQueue, at_once

__all__ = ["LeaseLost", "QueueRow", "Swept", "TaskRef", "WorkQueue", "at_once", "doubling"]
