"""Verification of an address: a mailed token, and the token sent back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import address_tokens, guard, mail
from accounts.errors import AlreadyVerified
from accounts.models import User
from accounts.services import welcome
from common.mail import outbox, recipients


def address_was_set(*, user: User, now: datetime) -> None:
    """Request verification of a new address, unless its mailbox received too many mails."""
    User.objects.filter(pk=user.pk).update(email_verified_at=None)
    user.email_verified_at = None
    if settings.VERIFY_EMAIL and guard.may_ask_to_verify(user.email):
        outbox.put(mail.VERIFICATION, user_id=user.pk, now=now)


def request(*, user: User, now: datetime) -> None:
    """Send the verification mail again.

    Raises `AlreadyVerified` (409) and `RateLimited` (429).
    """
    if recipients.is_verified(user):
        raise AlreadyVerified()
    guard.limit_verification(user.email)
    outbox.put(mail.VERIFICATION, user_id=user.pk, now=now)


def confirm(*, token: str, now: datetime) -> None:
    """Mark the address as verified by the token from the mail; a repeated call is harmless.

    Raises `InvalidVerificationToken`.
    """
    mark_verified(user=address_tokens.owner(token), now=now)


@transaction.atomic
def mark_verified(*, user: User, now: datetime) -> None:
    """Mark the address as verified and grant the welcome credits."""
    # The address is part of the condition: an operator may have changed it since the caller read
    # it.
    unverified = User.objects.filter(
        pk=user.pk, email=user.email, is_active=True, email_verified_at__isnull=True
    )
    if unverified.update(email_verified_at=now):
        user.email_verified_at = now
        welcome.grant(user)
