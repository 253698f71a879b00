"""Examples of this app's e-mails, for `manage.py preview_email`."""

from accounts.mail import SecondFactorChange, second_factor_changed
from common import mail


@mail.preview("second-factor-set-up")
def set_up() -> mail.Message:
    return second_factor_changed(SecondFactorChange.SET_UP)


@mail.preview("second-factor-new-codes")
def new_codes() -> mail.Message:
    return second_factor_changed(SecondFactorChange.NEW_CODES)


@mail.preview("second-factor-removed")
def removed() -> mail.Message:
    return second_factor_changed(SecondFactorChange.REMOVED)


@mail.preview("second-factor-reset")
def reset() -> mail.Message:
    return second_factor_changed(SecondFactorChange.RESET)
