"""Sharing the pool of database connections fairly."""

from django.db import connections


def release(alias: str = "default") -> None:
    """Give this thread's connection back to the pool before something that takes long.

    A request keeps its connection until its answer is sent, so a few slow downloads or waiting
    clients would hold the whole pool. Inside a transaction this does nothing; the next query
    takes a connection again.
    """
    connection = connections[alias]
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
