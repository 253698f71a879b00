"""OpenAPI descriptions of an account: profile, verification, mails, data export, erasure."""

from drf_spectacular.utils import extend_schema

from accounts import messages, serializers
from accounts.errors import AlreadyVerified, InvalidVerificationToken, OperatorsStay, WrongPassword
from accounts.openapi.examples import (
    CREDENTIALS,
    DATA_EXPORT,
    MAIL_PREFERENCES,
    TAG,
    USER,
    VERIFICATION_TOKEN,
    request_example,
)
from common.http.errors import (
    Forbidden,
    InvalidInput,
    InvalidToken,
    MissingRequiredField,
    RateLimited,
    TokenExpired,
    Unauthorized,
)
from common.http.openapi import errors, success

_LOGIN_ERRORS = (Unauthorized, InvalidToken, TokenExpired, Forbidden)

verify = extend_schema(
    tags=[TAG],
    summary="Verify an e-mail address with the token from the mail",
    description=(
        "The mail that follows a registration has the token. It works for some days, and may "
        "be sent more than once. The welcome credits come with it, once per mailbox."
    ),
    request=serializers.VerifySerializer,
    responses={
        200: success(
            "Verify",
            serializers.MessageSerializer,
            description="The address is verified",
            example={"message": messages.VERIFIED},
        ),
        **errors(InvalidVerificationToken, InvalidInput, MissingRequiredField, RateLimited),
    },
    examples=[request_example({"token": VERIFICATION_TOKEN})],
)

resend_verification = extend_schema(
    tags=[TAG],
    summary="Send the verification mail again",
    description="A few times a day; earlier links go on working until they expire.",
    request=None,
    responses={
        202: success(
            "VerifyResend",
            serializers.MessageSerializer,
            description="The mail is on its way",
            example={"message": messages.VERIFICATION_MAILED},
        ),
        **errors(AlreadyVerified, Unauthorized, InvalidToken, TokenExpired, Forbidden, RateLimited),
    },
)

me = extend_schema(
    tags=[TAG],
    summary="The account that the request acts for",
    description="Whose token, key or session it is.",
    responses={
        200: success("Me", serializers.UserSerializer, description="The account", example=USER),
        **errors(Unauthorized, InvalidToken, TokenExpired),
    },
)

mail_preferences = extend_schema(
    operation_id="getMailPreferences",
    tags=[TAG],
    summary="Which notices are sent by e-mail, and in which language",
    description=(
        "Only what can be turned off is listed. Mails about security, receipts and what "
        "happens to a subscription are always sent."
    ),
    responses={
        200: success(
            "MailPreferences",
            serializers.MailPreferencesSerializer,
            example=MAIL_PREFERENCES,
        ),
        **errors(*_LOGIN_ERRORS),
    },
)

change_mail_preferences = extend_schema(
    operation_id="changeMailPreferences",
    tags=[TAG],
    summary="Turn notices on or off, or choose the language",
    description=(
        "Notices that are not named stay as they are. Each notice also has a link and the "
        "headers of RFC 8058 that turn its kind off without logging in."
    ),
    request=serializers.ChangeMailPreferencesSerializer,
    responses={
        200: success(
            "MailPreferencesChanged",
            serializers.MailPreferencesSerializer,
            example=MAIL_PREFERENCES,
        ),
        **errors(InvalidInput, *_LOGIN_ERRORS),
    },
    examples=[request_example({"notices": {"batches.ended": False}})],
)

latest_export = extend_schema(
    operation_id="getDataExport",
    tags=[TAG],
    summary="The latest data export",
    description=(
        "`export` is null when there is none. While it is `ready`, `downloadUrl` opens the ZIP "
        "for everyone who has the address, for a limited time; ask again for a new address."
    ),
    responses={
        200: success("DataExport", serializers.LatestExportSerializer, example=DATA_EXPORT),
        **errors(*_LOGIN_ERRORS, RateLimited),
    },
)

request_export = extend_schema(
    operation_id="requestDataExport",
    tags=[TAG],
    summary="Ask for an export of all data of the account",
    description=(
        "A ZIP of JSON and CSV: profile, API keys and webhooks without their secrets, "
        "log-ins, pictures and batches (their data, not the images), ledger, invoices, orders, "
        "subscriptions and what mails were sent. It is built in the background, an e-mail "
        "tells when it is ready, and it is deleted after some days. One is built at a time: "
        "asking again meanwhile returns the same one."
    ),
    request=None,
    responses={
        202: success(
            "DataExportRequested",
            serializers.LatestExportSerializer,
            description="The export is being built",
            example=DATA_EXPORT,
        ),
        **errors(*_LOGIN_ERRORS, RateLimited),
    },
)

_EXAMPLE = {"userId": USER["id"], "status": "closed", "message": messages.CLOSED}

erase = extend_schema(
    operation_id="eraseAccount",
    tags=[TAG],
    summary="Erase the account and everything in it",
    description=(
        "Closes the account at once: every session and API key ends. Within minutes images, "
        "results, batches, webhooks and cards are deleted, work that runs is cancelled "
        "(finished images of a batch are charged, nothing else), subscriptions are ended "
        "without a refund, credits that are left lapse, and the e-mail address is free again. "
        "Ledger and invoices are kept without a name. It cannot be undone."
    ),
    request=serializers.EraseSerializer,
    responses={
        202: success("AccountErased", serializers.ClosedSerializer, example=_EXAMPLE),
        **errors(
            WrongPassword,
            InvalidInput,
            MissingRequiredField,
            Unauthorized,
            InvalidToken,
            TokenExpired,
            Forbidden,
            OperatorsStay,
            RateLimited,
        ),
    },
    examples=[request_example({"password": CREDENTIALS["password"]})],
)
