"""Welcome bonus: granted once per mailbox, even after an erasure."""

from contextlib import suppress

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.addresses import mailbox
from accounts.models import User, WelcomeBonus
from billing import ledger
from billing.errors import KeyReused

_PURPOSE = "accounts.welcome_bonus"


def grant(user: User) -> None:
    """Grant the welcome credits unless this mailbox, or this account, has received them.

    It runs in the caller's transaction. Of two concurrent calls, the second waits at the unique row
    until the first has committed.
    """
    if not settings.SIGNUP_BONUS_CREDITS:
        return
    _, first = WelcomeBonus.objects.get_or_create(digest=digest(user.email))
    if not first:
        return
    # An account that moved to another address has its grant under the same key, possibly with
    # another amount.
    with suppress(KeyReused):
        ledger.grant(
            user_id=user.pk,
            credits=settings.SIGNUP_BONUS_CREDITS,
            key=f"signup:{user.public_id}",
            reason="Welcome credits",
        )


def digest(email: str) -> str:
    """The keyed digest of an address, which is kept after erasure and cannot be reversed without
    the key.
    """
    key = settings.ADDRESS_HASH_KEY
    return salted_hmac(_PURPOSE, mailbox(email), secret=key, algorithm="sha256").hexdigest()
