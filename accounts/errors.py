"""Errors that only the accounts app raises."""

from common.errors import ApiError, ErrorCode, InvalidInput, Unauthorized


class WrongCredentials(Unauthorized):
    message = "The e-mail address or the password is wrong"


class WrongPassword(InvalidInput):
    message = "The current password is wrong"


class InvalidResetToken(ApiError):
    code, status = ErrorCode.INVALID_TOKEN, 400
    message = "This reset link is not valid: it was used, has expired or was not copied whole"
