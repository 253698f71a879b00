"""API errors that only the accounts app raises."""

from common.http.errors import ApiError, Conflict, ErrorCode, Forbidden, InvalidInput, Unauthorized


class WrongCredentials(Unauthorized):
    message = "The e-mail address or the password is wrong"


class WrongPassword(InvalidInput):
    message = "The current password is wrong"


class SecondFactorRequired(Unauthorized):
    code = ErrorCode.SECOND_FACTOR_REQUIRED
    message = "Send `code` as well: six digits of your authenticator app, or a recovery code"


class WrongCode(Unauthorized):
    message = "The code is wrong, or was used already"


class NoSecondFactor(Forbidden):
    message = "Staff need a second factor here: log in to the operators' pages to set one up"


class OperatorsStay(Conflict):
    """Refusal to erase staff. The role is removed first, so that nobody erases an operator by
    mistake.
    """

    message = "An operator's account cannot be erased; take the role away first"

    def __init__(self) -> None:
        super().__init__(details={"reason": "operator"})


class AlreadyVerified(Conflict):
    message = "The address is verified already"


class InvalidVerificationToken(ApiError):
    code, status = ErrorCode.INVALID_TOKEN, 400
    message = "This link is not valid: it has expired, or was not copied whole; ask for another"


class InvalidResetToken(ApiError):
    code, status = ErrorCode.INVALID_TOKEN, 400
    message = "This reset link is not valid: it was used, has expired or was not copied whole"
