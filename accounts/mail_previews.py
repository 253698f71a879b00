"""Examples of this app's e-mails, for `manage.py preview_email`."""

from accounts.mail import SecondFactorChange, second_factor_changed, verification
from accounts.openapi import VERIFICATION_TOKEN
from common.mail import messages


@messages.preview("verification")
def verify() -> messages.Message:
    return verification(VERIFICATION_TOKEN)


@messages.preview("second-factor-set-up")
def set_up() -> messages.Message:
    return second_factor_changed(SecondFactorChange.SET_UP)


@messages.preview("second-factor-new-codes")
def new_codes() -> messages.Message:
    return second_factor_changed(SecondFactorChange.NEW_CODES)


@messages.preview("second-factor-removed")
def removed() -> messages.Message:
    return second_factor_changed(SecondFactorChange.REMOVED)


@messages.preview("second-factor-reset")
def reset() -> messages.Message:
    return second_factor_changed(SecondFactorChange.RESET)
