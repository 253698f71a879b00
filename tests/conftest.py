"""Fixtures of the whole suite; the services are started by `tests.services`."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.objectstore import bucket, object_store

__all__ = ["bucket", "object_store"]

_SERVICES = (
    "tests/batches/websocket/test_server.py",
    "tests/faults",
    "tests/production",
    "tests/sandbox/test_whole.py",
    "tests/sdk/live",
)
_APPEND_ONLY = ("billing_entry", "common_operatoraction")


class Spread(LoadScopeScheduling):  # type: ignore[misc]
    """With `-n` one process has all tests that start a service each, and another those of the
    browsers, which share one; both have them first. Otherwise services that start at once would
    only wait for each other. The rest is shared test by test.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser"):
            return "browser"
        return "services" if nodeid.startswith(_SERVICES) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread:
    return Spread(config, log)


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
    """Limits, wakeups and queues of one test must not reach the next."""
    _valkey.flushdb()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Transactional tests empty the tables in our own way, and the triggers of two refuse that."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in _APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_tables)
        yield


def _empty_tables(_: TransactionTestCase) -> None:
    """A cheaper form of what Django does: it truncates every table, used or not, and makes
    all permissions anew. The lock waits for whoever still writes, as TRUNCATE would.
    """
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = sorted({*names} - {ContentType._meta.db_table, Permission._meta.db_table})
    deletes = [f"DELETE FROM {table}" for table in tables if table not in _APPEND_ONLY]  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute(f"TRUNCATE {', '.join(_APPEND_ONLY)}")
        cursor.execute("; ".join(deletes))
