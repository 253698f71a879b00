"""The one account of callers without a key on the same machine; nobody can log in to it."""

from django.contrib.auth.hashers import make_password

from accounts.models import User

EMAIL = "anonymous@lumiku.local"


def local_account() -> User:
    """The account, made at its first use."""
    known = User.objects.filter(email=EMAIL).first()
    if known is not None:
        return known
    unusable = make_password(None)
    return User.objects.get_or_create(email=EMAIL, defaults={"password": unusable})[0]
