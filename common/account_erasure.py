"""Registry of the steps that erase an account, one for each app.

`settings.ACCOUNT_ERASURE` names the steps in order, from the highest app to the lowest, so that no
row is deleted while another app still refers to it. `accounts.services.erasure` runs them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from common.users import UserRef


class Step(Protocol):
    """Erase one app's part; True when nothing is left, False when some was erased and more is.

    It may be repeated at any time, and run at the same time as requests that began before the
    account was closed. It bounds what it does in one call, which may not take minutes. Whatever it
    raises, it is tried again later.
    """

    def __call__(self, *, user: UserRef, now: datetime) -> bool: ...


def steps() -> Iterator[tuple[str, Step]]:
    """The steps in their order, each with its name."""
    for path in settings.ACCOUNT_ERASURE:
        yield path, import_string(path)
