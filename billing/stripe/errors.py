"""API errors of payments."""

from typing import Any

from common.http.errors import ApiError, Conflict, ErrorCode, InvalidInput, ServiceUnavailable


class StripeUnavailable(ServiceUnavailable):
    """Nothing was carried out; the same request may be sent again."""

    message = "Payments are not available right now; nothing was changed. Please try again"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


class OutcomeUnknown(StripeUnavailable):
    """Stripe may have carried it out; sent again, it goes on from what was done."""

    message = (
        "The payment provider did not answer in time, so it is not known yet whether this was "
        "carried out. Please send the same request again: that is safe, nothing is charged twice"
    )


# What a request that changes something is answered with while Stripe is silent.
NO_ANSWER = (StripeUnavailable, OutcomeUnknown)


class StripeBroken(OutcomeUnknown):
    """Stripe failed by itself, and for a day it would answer the same to the same key."""


class PaymentsNotConfigured(ServiceUnavailable):
    message = "Payments are not set up on this server"


class StripeRefused(InvalidInput):
    """Stripe understood and said no; `details` {field, reason} say to what and why."""

    message = "The payment provider refused the request"

    def __init__(self, message: str, *, code: str | None, field: str | None) -> None:
        self.reason = code or "invalid_request"
        super().__init__(
            message, details={"reason": self.reason, **({"field": field} if field else {})}
        )


class NoSuchObject(StripeRefused):
    """Stripe knows nothing by that id."""


class StripeConflict(Conflict):
    """The same change is under way already."""

    message = "Another payment operation of this account is still under way"


class PaymentFailed(ApiError):
    """The card was declined; `details` {reason, declineCode} are Stripe's own words."""

    code, status = ErrorCode.PAYMENT_FAILED, 402
    message = "The payment was declined; nothing was changed"

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str | None = None,
        decline_code: str | None = None,
    ) -> None:
        self.reason, self.decline_code = reason, decline_code
        super().__init__(message, details={"reason": reason, "declineCode": decline_code})


class PaymentActionRequired(ApiError):
    """The bank wants the customer to confirm (3-D Secure).

    `details` {clientSecret, …}: hand the secret to Stripe.js' `confirmPayment`.
    """

    code, status = ErrorCode.PAYMENT_ACTION_REQUIRED, 402
    message = "The bank asks you to confirm this payment"

    def __init__(self, *, client_secret: str | None = None, **details: Any) -> None:
        super().__init__(details={"clientSecret": client_secret, **details})
