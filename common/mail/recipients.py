"""Decision whether a user may be sent a kind of mail."""

from datetime import datetime
from typing import Protocol, cast

from django.conf import settings
from django.contrib.auth import get_user_model

from common.users import UserRef


class Recipient(UserRef, Protocol):
    """A user with what decides whether they may be written to."""

    @property
    def is_active(self) -> bool: ...

    @property
    def email_verified_at(self) -> datetime | None: ...


def find(user_id: int | None) -> Recipient | None:
    """A user who is there and is not being erased."""
    if user_id is None:
        return None
    users = get_user_model()._default_manager.filter(pk=user_id, erasure__isnull=True)
    return cast(Recipient | None, users.first())


def is_verified(user: Recipient) -> bool:
    """True if the address is verified, or this installation verifies none.

    One that is not gets no notices: somebody may have registered it to bother its owner.
    """
    return not settings.VERIFY_EMAIL or user.email_verified_at is not None
