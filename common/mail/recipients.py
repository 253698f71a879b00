"""Who may be written to."""

from datetime import datetime
from typing import Protocol

from django.conf import settings


class Recipient(Protocol):
    @property
    def email_verified_at(self) -> datetime | None: ...


def is_verified(user: Recipient) -> bool:
    """Whether the address is known to be the user's own, or nobody asks for that here.

    One that is not gets no notices: somebody may have registered it to bother its owner.
    """
    return not settings.VERIFY_EMAIL or user.email_verified_at is not None
