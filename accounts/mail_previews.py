"""Example mails of this app, for `manage.py preview_email`."""

from datetime import UTC, datetime

from accounts import mail
from accounts.mail import SecondFactorChange, second_factor_changed
from accounts.openapi import examples
from common.mail import messages
from common.mail.messages import Message


@messages.preview("verification")
def verify() -> Message:
    return mail.verification(examples.VERIFICATION_TOKEN)


@messages.preview("password-reset")
def password_reset() -> Message:
    return mail.password_reset(examples.PASSWORD_CONFIRM["token"])


@messages.preview("password-changed")
def password_changed() -> Message:
    return mail.password_changed()


@messages.preview("account-erased")
def account_erased() -> Message:
    return mail.account_erased()


@messages.preview("second-factor-set-up")
def set_up() -> Message:
    return second_factor_changed(SecondFactorChange.SET_UP)


@messages.preview("second-factor-new-codes")
def new_codes() -> Message:
    return second_factor_changed(SecondFactorChange.NEW_CODES)


@messages.preview("second-factor-removed")
def removed() -> Message:
    return second_factor_changed(SecondFactorChange.REMOVED)


@messages.preview("second-factor-reset")
def reset() -> Message:
    return second_factor_changed(SecondFactorChange.RESET)


@messages.preview("export-ready")
def export_ready() -> Message:
    return mail.export_ready(datetime(2025, 1, 18, 10, 30, tzinfo=UTC))
