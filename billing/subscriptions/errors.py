"""API errors of subscriptions; `details.reason` tells the cases apart."""

from datetime import datetime

from billing.plans import Plan
from billing.quotas.services import Usage
from common.http.errors import Conflict, NotFound, timestamp


class NoSubscription(NotFound):
    def __init__(self) -> None:
        super().__init__("You have no subscription", details={"reason": "no_subscription"})


class AlreadySubscribed(Conflict):
    def __init__(self, plan: str, *, cancelling: bool) -> None:
        how = "; it is cancelled: resume it instead" if cancelling else ""
        reason = "cancelled" if cancelling else "already_subscribed"
        super().__init__(
            f"You already have the plan {plan}{how}", details={"reason": reason, "plan": plan}
        )


class ResumeFirst(Conflict):
    def __init__(self, plan: str) -> None:
        super().__init__(
            "Your subscription is cancelled; resume it before you change the plan",
            details={"reason": "cancelled", "plan": plan},
        )


class PaymentOverdue(Conflict):
    def __init__(self, plan: str) -> None:
        super().__init__(
            f"A payment of your plan {plan} is overdue; pay it before you change the plan",
            details={"reason": "past_due", "plan": plan},
        )


class QuotaAlreadyUsed(Conflict):
    """A plan whose quota is below today's use; details {used, limit, resetsAt, …}."""

    def __init__(self, plan: Plan, usage: Usage) -> None:
        super().__init__(
            f"You have used more today than the plan {plan.name} allows; change tomorrow",
            details={
                "reason": "used_more",
                "plan": plan.name,
                "limit": plan.daily_quota,
                "used": usage.used,
                "professionalUsed": usage.professional_used,
                "resetsAt": timestamp(usage.resets_at),
            },
        )


class AlreadyCancelled(Conflict):
    def __init__(self, expires_at: datetime) -> None:
        super().__init__(
            "The subscription is cancelled already",
            details={"reason": "already_cancelled", "expiresAt": timestamp(expires_at)},
        )


class NotCancelled(Conflict):
    def __init__(self) -> None:
        super().__init__("The subscription is not cancelled", details={"reason": "not_cancelled"})


class SubscriptionExpired(Conflict):
    def __init__(self, ended_at: datetime) -> None:
        super().__init__(
            "The subscription has ended; subscribe anew",
            details={"reason": "expired", "endedAt": timestamp(ended_at)},
        )
