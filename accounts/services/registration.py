"""Registration of new accounts."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import networks
from accounts.addresses import normalise
from accounts.models import User
from accounts.services import verification, welcome
from accounts.services.passwords import check_strength
from accounts.services.sessions import Tokens, open_session
from common.http.errors import Conflict
from common.mail import preferences


def register(*, email: str, password: str, now: datetime, language: str | None = None) -> User:
    """Create an account, with its welcome credits unless the address has to be verified first.
    `language` is that of its mails.

    Raises `InvalidInput` for a weak password and `Conflict` for an address that is taken.
    """
    user = User(email=normalise(email), created_at=now)
    if User.objects.filter(email=user.email).exists():
        raise _taken()
    check_strength(password, user=user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            if language:
                preferences.change(user_id=user.pk, language=language)
            if settings.VERIFY_EMAIL:
                verification.address_was_set(user=user, now=now)
            else:
                welcome.grant(user)
    except IntegrityError as exc:
        raise _taken() from exc
    return user


@transaction.atomic
def sign_up(
    *,
    email: str,
    password: str,
    network: str,
    now: datetime,
    agent: str = "",
    language: str | None = None,
) -> Tokens:
    """Register and log in at once; the network becomes a known one.

    Raises the errors of `register`.
    """
    user = register(email=email, password=password, now=now, language=language)
    networks.remember(user, network, now=now)
    return open_session(user=user, now=now, agent=agent)


def _taken() -> Conflict:
    complaint = "An account with this e-mail address exists already"
    return Conflict(
        f"{complaint}; log in or reset its password", details={"fields": {"email": [complaint]}}
    )
