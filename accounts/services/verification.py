"""Proving that an address is its owner's: a mail with a token, and the token sent back."""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import guard, tasks
from accounts.errors import AlreadyVerified, InvalidVerificationToken
from accounts.models import User
from accounts.services import welcome
from common.mail import recipients

_PURPOSE = "accounts.verification"
_signer = signing.TimestampSigner(salt=_PURPOSE)


def token_of(user: User) -> str:
    """A signed token for the address that the account has now."""
    return _signer.sign(f"{user.public_id}.{_mark(user.email)}")


def address_was_set(*, user: User) -> None:
    """A new address is not verified: ask its owner, unless this mailbox got too many mails."""
    User.objects.filter(pk=user.pk).update(email_verified_at=None)
    user.email_verified_at = None
    if settings.VERIFY_EMAIL and guard.may_ask_to_verify(user.email):
        _send(user)


def request(*, user: User) -> None:
    """Send the verification mail again.

    Raises `AlreadyVerified` (409) and `RateLimited` (429).
    """
    if recipients.is_verified(user):
        raise AlreadyVerified()
    guard.limit_verification(user.email)
    _send(user)


def confirm(*, token: str, now: datetime) -> None:
    """Mark the address as verified by the token from the mail; again is harmless.

    Raises `InvalidVerificationToken` when it is wrong or expired, or the address is another now.
    """
    try:
        value = _signer.unsign(token.strip(), max_age=settings.VERIFY_EMAIL_TIMEOUT_S)
    except signing.BadSignature:
        raise InvalidVerificationToken() from None
    public_id, _, mark = value.partition(".")
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    if user is None or not constant_time_compare(mark, _mark(user.email)):
        raise InvalidVerificationToken()
    mark_verified(user=user, now=now)


@transaction.atomic
def mark_verified(*, user: User, now: datetime) -> None:
    """Note that whoever reads the mail of this address owns the account, and welcome them."""
    # The address as well: an operator may have changed it since the caller read the user.
    unverified = User.objects.filter(
        pk=user.pk, email=user.email, is_active=True, email_verified_at__isnull=True
    )
    if unverified.update(email_verified_at=now):
        user.email_verified_at = now
        welcome.grant(user)


def _send(user: User) -> None:
    transaction.on_commit(lambda: tasks.send_verification.delay(user_id=user.pk), robust=True)


def _mark(email: str) -> str:
    return salted_hmac(_PURPOSE, email, algorithm="sha256").hexdigest()[:16]
