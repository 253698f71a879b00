"""Signed tokens which prove that the sender can read the mail of an address."""

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.errors import InvalidVerificationToken
from accounts.models import User

_PURPOSE = "accounts.verification"
_signer = signing.TimestampSigner(salt=_PURPOSE)


def make(user: User) -> str:
    """A token for the address that the account has now, good for `VERIFY_EMAIL_TIMEOUT_S`."""
    return _signer.sign(f"{user.public_id}.{_mark(user.email)}")


def owner(token: str) -> User:
    """The active user whose address the token proves.

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
    return user


def _mark(email: str) -> str:
    return salted_hmac(_PURPOSE, email, algorithm="sha256").hexdigest()[:16]
