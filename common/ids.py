"""Opaque public identifiers: a prefix that names the kind, then a ULID, sortable by time."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from ulid import ULID


def new_id(prefix: str) -> str:
    """Return for example `job_01jd3v9k2m8q4x7r5t6w0y1z2a`."""
    return f"{prefix}_{str(ULID()).lower()}"


class PublicIdField(models.CharField):  # type: ignore[type-arg]
    """A unique identifier that is safe to show, made on creation and never changed."""

    def __init__(self, *, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        make: Callable[[], str] = partial(new_id, prefix)
        super().__init__(
            **{"max_length": 40, "unique": True, "editable": False, "default": make, **kwargs}
        )

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        # Spelled out, because for `varchar` Django adds a second index that only LIKE would use.
        return f"character varying({self.max_length})"

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("max_length", "unique", "editable", "default"):
            kwargs.pop(implied, None)
        return name, path, args, {**kwargs, "prefix": self.prefix}
