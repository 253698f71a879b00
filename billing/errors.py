"""What can go wrong with money, as a caller sees it."""

from common.errors import ApiError, Conflict, ErrorCode, InvalidInput


class InsufficientCredits(ApiError):
    """Carries `details` {required, available} and the tier when one was asked for."""

    code, status = ErrorCode.INSUFFICIENT_CREDITS, 402
    message = "There are not enough credits"

    def __init__(
        self,
        message: str | None = None,
        *,
        required: int,
        available: int,
        tier: str | None = None,
    ) -> None:
        self.required, self.available = required, available
        details = {"required": required, "available": available}
        super().__init__(
            message or f"You need {required} credits but only have {available} available",
            details=details if tier is None else {**details, "tier": tier},
        )


class BatchTooLarge(InvalidInput):
    code = ErrorCode.BATCH_TOO_LARGE
    message = "The batch holds too many images"


class KeyReused(Conflict):
    """A money operation came again under the key of another one."""

    message = "This key already belongs to another money operation"


class AlreadySettled(Conflict):
    """A hold was closed before, in another way."""

    message = "This hold has already been settled differently"


class AlreadyCaptured(Conflict):
    """An image was paid for before; `details` {images} names which."""

    message = "An image can be charged only once"
