"""Dispatch: declared tasks are bound, and an unavailable broker costs only a delay."""

import os
import subprocess
import sys

import pytest
import redis
from celery import current_app
from django.conf import settings

from common.workqueue import TaskRef


def test_every_declared_task_is_bound_to_a_function() -> None:
    current_app.loader.import_default_modules()
    assert TaskRef.declared
    assert {name for name in TaskRef.declared if name not in current_app.tasks} == set()


def test_tasks_that_beat_sends_too_go_to_the_same_queue() -> None:
    routes = settings.CELERY_TASK_ROUTES
    declared = [task for name, task in TaskRef.declared.items() if name in routes]
    assert {task.name: task.queue for task in declared} == {
        task.name: routes[task.name]["queue"] for task in declared
    }


def test_a_name_cannot_mean_two_tasks() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        TaskRef("billing.tasks.work_payments", queue="elsewhere")


def test_a_task_that_is_sent_lies_in_its_queue(broker: redis.Redis) -> None:
    assert TaskRef.declared["billing.tasks.work_payments"].send(number=1)
    assert broker.llen("delivery") == 1


def test_sending_without_a_broker_only_warns() -> None:
    """In a process of its own, because connections to the broker are kept for a process's life."""
    code = (
        "import django; django.setup()\n"
        "from common.workqueue import TaskRef\n"
        "assert not TaskRef('some.task', queue='delivery').send(number=1)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the sweeper will send some.task" in ran.stderr + ran.stdout
