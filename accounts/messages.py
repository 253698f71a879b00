"""Fixed sentences of answers, which the OpenAPI document shows as examples."""

RESET_MAILED = "If an account has this address, an e-mail is on its way"
PASSWORD_SET = "The password is set; log in with it"  # noqa: S105
VERIFIED = "The e-mail address is verified"
VERIFICATION_MAILED = "An e-mail with a new link is on its way"
CLOSED = (
    "The account is closed and is being erased. Running work is cancelled, subscriptions end now. "
    "An e-mail confirms it."
)
