"""Fixtures of the whole suite; the services are started by `tests.services`."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.objectstore import bucket, object_store

__all__ = ["bucket", "object_store"]


@pytest.fixture(scope="session")
def _valkey() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def broker(_valkey: redis.Redis) -> redis.Redis:
    """The broker's lists, by the names of the queues."""
    return _valkey


@pytest.fixture(autouse=True)
def _empty_valkey(_valkey: redis.Redis) -> None:
    """Limits, doorbells and queues of one test must not reach the next."""
    _valkey.flushdb()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Transactional tests empty the tables by TRUNCATE, which the triggers of two refuse."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("billing_entry", "common_operatoraction"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")
