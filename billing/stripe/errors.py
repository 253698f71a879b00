"""API errors of payments."""

from typing import Any

from common.http.errors import ApiError, Conflict, ErrorCode, InvalidInput, ServiceUnavailable


class StripeUnavailable(ServiceUnavailable):
    """Stripe did not answer, and carried nothing out; the same request may be sent again."""

    message = "Payments are not available right now; nothing was changed. Please try again"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "30"})


class OutcomeUnknown(StripeUnavailable):
    """Stripe did not answer, and may have carried the change out. A repeated request continues from
    there.
    """

    message = (
        "The payment provider did not answer in time, so it is not known yet whether this was "
        "carried out. Please send the same request again: that is safe, nothing is charged twice"
    )


# The answer to a request that changes something, while Stripe does not answer.
NO_ANSWER = (StripeUnavailable, OutcomeUnknown)


class StripeBroken(OutcomeUnknown):
    """Stripe failed with an error of its own, which it returns for a day to the same key."""


class PaymentsNotConfigured(ServiceUnavailable):
    message = "Payments are not set up on this server"


class StripeRefused(InvalidInput):
    """Stripe refused the request; `details` {field, reason} tell what and why."""

    message = "The payment provider refused the request"

    def __init__(self, message: str, *, code: str | None, field: str | None) -> None:
        self.reason = code or "invalid_request"
        super().__init__(
            message, details={"reason": self.reason, **({"field": field} if field else {})}
        )


class NoSuchObject(StripeRefused):
    """Stripe has no object with that id."""


class StripeConflict(Conflict):
    """The same change is running already."""

    message = "Another payment operation of this account is still under way"


class PaymentFailed(ApiError):
    """The card was declined; `details` {reason, declineCode} are taken from Stripe."""

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
    """The bank requires the customer's confirmation (3-D Secure).

    `details` {clientSecret, …}: pass the secret to Stripe.js' `confirmPayment`.
    """

    code, status = ErrorCode.PAYMENT_ACTION_REQUIRED, 402
    message = "The bank asks you to confirm this payment"

    def __init__(self, *, client_secret: str | None = None, **details: Any) -> None:
        super().__init__(details={"clientSecret": client_secret, **details})
