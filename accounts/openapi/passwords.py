"""OpenAPI descriptions of changing and resetting a password."""

from drf_spectacular.utils import extend_schema

from accounts import messages, serializers
from accounts.errors import InvalidResetToken, NoSecondFactor, SecondFactorRequired, WrongPassword
from accounts.openapi.examples import (
    PASSWORD_CHANGE,
    PASSWORD_CONFIRM,
    TAG,
    USER,
    request_example,
    tokens_documented,
)
from common.http.errors import (
    Forbidden,
    InvalidInput,
    MissingRequiredField,
    RateLimited,
    Unauthorized,
)
from common.http.openapi import errors, success

change_password = extend_schema(
    tags=[TAG],
    summary="Change the password",
    description=(
        "Ends every session of the account and answers with the tokens of a new one. "
        "API keys go on working. The account gets an e-mail about it. Staff who have set up a "
        "second factor send `code` too."
    ),
    request=serializers.PasswordChangeSerializer,
    responses={
        200: tokens_documented("The tokens of a new session"),
        **errors(
            WrongPassword,
            InvalidInput,
            MissingRequiredField,
            Unauthorized,
            Forbidden,
            SecondFactorRequired,
            NoSecondFactor,
            RateLimited,
        ),
    },
    examples=[request_example(PASSWORD_CHANGE)],
)

request_reset = extend_schema(
    tags=[TAG],
    summary="Ask for a password reset by e-mail",
    description="Answers the same whether or not an account has this address.",
    request=serializers.PasswordResetSerializer,
    responses={
        202: success(
            "PasswordReset",
            serializers.MessageSerializer,
            description="Accepted, whether or not an account has this address",
            example={"message": messages.RESET_MAILED},
        ),
        **errors(InvalidInput, MissingRequiredField, RateLimited),
    },
    examples=[request_example({"email": USER["email"]})],
)

confirm_reset = extend_schema(
    tags=[TAG],
    summary="Set a new password with the token from the e-mail",
    description="The token works once. Every session of the account is ended.",
    request=serializers.PasswordResetConfirmSerializer,
    responses={
        200: success(
            "PasswordConfirm",
            serializers.MessageSerializer,
            description="The new password is set",
            example={"message": messages.PASSWORD_SET},
        ),
        **errors(InvalidResetToken, InvalidInput, MissingRequiredField, RateLimited),
    },
    examples=[request_example(PASSWORD_CONFIRM)],
)
