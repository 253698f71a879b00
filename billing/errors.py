"""API errors about money."""

from datetime import datetime
from typing import Any

from billing.plans import Plan
from billing.pricing import Tier
from billing.quotas.services import Usage, professional_quota
from common.http.errors import ApiError, Conflict, ErrorCode, InvalidInput, timestamp


class InsufficientCredits(ApiError):
    """Too few credits. `details` are {required, available}, and the tier when one was asked for."""

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


class SpendingCapReached(ApiError):
    """A spending cap of the account or of the API key leaves too little for this.

    `details` are {cap, period, spent, required, resetsAt, apiKey}; `apiKey` is null for the cap of
    the account.
    """

    code, status = ErrorCode.SPENDING_CAP_REACHED, 402
    message = "A spending cap is reached"

    def __init__(
        self,
        message: str | None = None,
        *,
        api_key: str,
        credits: int,
        period: str,
        spent: int,
        required: int,
        resets_at: datetime,
    ) -> None:
        whose, where = (
            ("This API key", f"PATCH /auth/api-keys/{api_key}")
            if api_key
            else ("Your account", "PATCH /billing/settings")
        )
        until = timestamp(resets_at)
        super().__init__(
            message
            or f"{whose} may spend {credits} credits a {period} and has spent {spent}; this needs "
            f"{required}. Raise the cap ({where}) or wait until {until}",
            details={
                "cap": credits,
                "period": period,
                "spent": spent,
                "required": required,
                "resetsAt": until,
                "apiKey": api_key or None,
            },
        )


class BatchTooLarge(InvalidInput):
    code = ErrorCode.BATCH_TOO_LARGE
    message = "The batch holds too many images"


class KeyReused(Conflict):
    """A key that was used before for another money operation."""

    message = "This key already belongs to another money operation"


class AlreadySettled(Conflict):
    """A hold that was closed before, in another way."""

    message = "This hold has already been settled differently"


class AlreadyCaptured(Conflict):
    """An image that was paid for before; `details` {images} names which."""

    message = "An image can be charged only once"


class TierNotAllowed(ApiError):
    """A tier that the plan lacks and the user's credits do not cover."""

    code, status = ErrorCode.TIER_NOT_ALLOWED, 403
    message = "Your plan does not include this tier"

    def __init__(self, plan: Plan, tier: Tier, credits: InsufficientCredits) -> None:
        super().__init__(
            f"Your plan {plan.name} does not include the tier {tier}, "
            f"and you have {credits.available} of the {credits.required} credits it costs",
            details={
                "tier": tier,
                "plan": plan.name,
                "allowedTiers": list(plan.allowed_tiers),
                **_credits(credits),
            },
        )


class QuotaExceeded(ApiError):
    """A daily quota that is used up, when the user's credits do not cover the image either.

    `details` {limit, used, resetsAt, …} are those of the professional tier when only its share of
    the quota is used up.
    """

    code, status = ErrorCode.QUOTA_EXCEEDED, 429
    message = "The daily quota of your plan is used up"

    def __init__(self, plan: Plan, tier: Tier, usage: Usage, credits: InsufficientCredits) -> None:
        whole = usage.used >= plan.daily_quota or tier != Tier.PROFESSIONAL
        limit = plan.daily_quota if whole else professional_quota(plan)
        used = usage.used if whole else usage.professional_used
        of = "" if whole else f" for the tier {tier}"
        super().__init__(
            f"You have used {used} of today's {limit} images{of} in your plan {plan.name}",
            details={
                "limit": limit,
                "used": used,
                "resetsAt": timestamp(usage.resets_at),
                "plan": plan.name,
                "tier": tier,
                **_credits(credits),
            },
            headers={"Retry-After": str(usage.seconds_left)},
        )


def _credits(error: InsufficientCredits) -> dict[str, Any]:
    return {"required": error.required, "available": error.available}
