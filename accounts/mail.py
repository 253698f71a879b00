"""The e-mails that the accounts app writes, each in plain text and HTML.

Tokens are made when a mail is sent, so no row holds one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts import address_tokens
from accounts.models import DataExport, User
from common.mail.kinds import Kind
from common.mail.messages import Message

Context = Mapping[str, Any]


class SecondFactorChange(StrEnum):
    """The kinds of change to a second factor; rows of the outbox hold the values."""

    SET_UP = "set up"
    NEW_CODES = "given new recovery codes"
    REMOVED = "removed"
    RESET = "reset by an administrator"


_CHANGED: Mapping[SecondFactorChange, Promise] = {
    SecondFactorChange.SET_UP: gettext_lazy("The second factor of your Lumiku account was set up"),
    SecondFactorChange.NEW_CODES: gettext_lazy(
        "The second factor of your Lumiku account was given new recovery codes"
    ),
    SecondFactorChange.REMOVED: gettext_lazy(
        "The second factor of your Lumiku account was removed"
    ),
    SecondFactorChange.RESET: gettext_lazy(
        "The second factor of your Lumiku account was reset by an administrator"
    ),
}


def reset_token(user: User) -> str:
    """A signed token that works until the password, the address or the last login changes."""
    return f"{user.public_id}.{default_token_generator.make_token(user)}"


def password_reset(token: str) -> Message:
    context = {
        "token": token,
        # The token stands after the `#`, so that browsers do not send it and no server logs it.
        "link": f"{settings.BASE_URL}/reset#token={quote(token)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    return Message("accounts/mail/password_reset", gettext("Choose a new Lumiku password"), context)


def verification(token: str) -> Message:
    context = {
        "token": token,
        "link": f"{settings.BASE_URL}/verify#token={quote(token)}",
        "hours": settings.VERIFY_EMAIL_TIMEOUT_S // 3600,
    }
    return Message("accounts/mail/verification", gettext("Confirm your e-mail address"), context)


def password_changed() -> Message:
    return Message("accounts/mail/password_changed", gettext("Your Lumiku password was changed"))


def second_factor_changed(change: SecondFactorChange) -> Message:
    subject = str(_CHANGED[change])
    return Message("accounts/mail/second_factor_changed", subject, {"change": change})


def account_erased() -> Message:
    return Message("accounts/mail/account_erased", gettext("Your Lumiku account was erased"))


def export_ready(expires_at: datetime) -> Message:
    # The link opens nothing by itself: whoever reads the mail still has to log in.
    context = {"link": f"{settings.BASE_URL}/app/account#export", "expires_at": expires_at}
    return Message("accounts/mail/export_ready", gettext("Your Lumiku data is ready"), context)


def _export_ready(user: User, context: Context, now: datetime) -> Message | None:
    export = DataExport.objects.filter(user=user, public_id=context["export"]).first()
    if export is None or export.expires_at is None or export.expires_at <= now:
        return None
    return export_ready(export.expires_at)


def _verification(user: User, _: Context, now: datetime) -> Message | None:
    if user.email_verified_at is not None:
        return None
    return verification(address_tokens.make(user))


PASSWORD_RESET = Kind(
    name="accounts.password_reset",
    compose=lambda user, _, __: password_reset(reset_token(user)),
    unverified=True,
    urgent=True,
    # After that time a user who still waits will have asked again.
    lasts=lambda: timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
)
VERIFICATION = Kind(
    name="accounts.verification", compose=_verification, unverified=True, urgent=True
)
PASSWORD_CHANGED = Kind(
    name="accounts.password_changed", compose=lambda *_: password_changed(), urgent=True
)
SECOND_FACTOR_CHANGED = Kind(
    name="accounts.second_factor_changed",
    compose=lambda _, context, __: second_factor_changed(SecondFactorChange(context["change"])),
    urgent=True,
)
# The mail goes to the former address of the account, which is kept for this long at most.
ACCOUNT_ERASED = Kind(
    name="accounts.account_erased",
    compose=lambda *_: account_erased(),
    lasts=lambda: timedelta(days=1),
)
EXPORT_READY = Kind(name="accounts.export_ready", compose=_export_ready)
