"""Passwords: check, change, reset by e-mail."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import guard, mail, networks
from accounts.addresses import normalise
from accounts.errors import InvalidResetToken, SecondFactorRequired, WrongPassword
from accounts.models import User
from accounts.second_factor import services as second_factor
from accounts.second_factor.queries import device_of
from accounts.services import verification
from accounts.services.sessions import Tokens, open_session
from common.http.errors import InvalidInput
from common.mail import outbox


def check_strength(password: str, *, user: User, field: str = "password") -> None:
    """Raise `InvalidInput` with every reason, under the name of the request's `field`, for a weak
    one.
    """
    try:
        validate_password(password, user=user)
    except ValidationError as exc:
        raise InvalidInput(
            "The password is not strong enough", details={"fields": {field: exc.messages}}
        ) from None


def change_password(*, user: User, current: str, new: str, now: datetime, code: str = "") -> Tokens:
    """Replace the password, end every session and open a new one for the caller.

    Raises `WrongPassword`, `RateLimited` after too many wrong ones, `InvalidInput` for a weak one,
    and the errors of `second_factor.services.require`: the call opens a login, and the caller may
    have authenticated by an API key only.
    """
    with guard.confirming("confirm_password", user):
        if not user.check_password(current):
            raise WrongPassword(details={"fields": {"currentPassword": [WrongPassword.message]}})
    check_strength(new, user=user, field="newPassword")
    device = second_factor.require(user=user, code=code)
    with transaction.atomic():
        _replace(user, new)
        if device_of(user) != device:
            raise SecondFactorRequired()
        return open_session(user=user, now=now)


def request_reset(*, email: str, now: datetime) -> None:
    """Mail a reset link if an active account has this address; the caller cannot tell.

    Known and unknown addresses take the same path: one lookup and one row.
    """
    address = normalise(email)
    if guard.may_mail(address):
        user = User.objects.filter(email=address, is_active=True).only("pk").first()
        outbox.put(mail.PASSWORD_RESET, user_id=user.pk if user else None, now=now)


@transaction.atomic
def confirm_reset(*, token: str, new: str, network: str, now: datetime) -> None:
    """Set a new password by the token from the mail, once, and end every session.

    The owner has proved access to the mailbox, so `network` becomes a known one: guesses from
    elsewhere do not lock the owner out. Raises `InvalidResetToken` (wrong, used or expired) and
    `InvalidInput` (weak password).
    """
    public_id, _, signature = token.strip().partition(".")
    # The lock makes a second use wait until the new password has invalidated the token.
    user = User.objects.select_for_update().filter(public_id=public_id, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, signature):
        raise InvalidResetToken()
    check_strength(new, user=user, field="newPassword")
    # The token proves access to the mailbox.
    verification.mark_verified(user=user, now=now)
    _replace(user, new)
    networks.remember(user, network, now=now)


def password_was_replaced(*, user: User) -> None:
    """Send the owner a notice of the new password; call it in the transaction that saves it."""
    outbox.put(mail.PASSWORD_CHANGED, user_id=user.pk, now=timezone.now())


def _replace(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    password_was_replaced(user=user)
