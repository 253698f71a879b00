"""Reads of subscriptions and plans, by the database's clock."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from billing.models import Subscription
from billing.models.subscriptions import LIVE, Status
from billing.plans import PLANS, Plan, PlanName
from billing.quotas import services as quotas
from billing.quotas.services import Usage

_NOT_RUN_OUT = Q(cancel_at_period_end=False) | Q(period_end__gt=Now())
_PAID = Q(status__in=[Status.ACTIVE, Status.TRIALING]) & _NOT_RUN_OUT
_OVER = ExpressionWrapper(Q(period_end__lte=Now()), output_field=BooleanField())
_IN_GRACE = Q(status=Status.PAST_DUE, grace_until__gt=Now())


@dataclass(frozen=True)
class Standing:
    """A user's subscription and the use of today's quota."""

    subscription: Subscription
    plan: Plan
    usage: Usage


def entitled_plan(*, user_id: int) -> Plan | None:
    """The plan that pays for the user's images now: paid up, or overdue within its grace period."""
    names = Subscription.objects.filter(_PAID | _IN_GRACE, user_id=user_id)
    plans = [PLANS[PlanName(name)] for name in names.values_list("plan", flat=True)]
    return max(plans, key=lambda plan: plan.daily_quota, default=None)


def current(*, user_id: int) -> Subscription | None:
    """The user's current subscription, paid up or not; None when it has ended or expired."""
    return _live(user_id).order_by("-subscribed_at", "-pk").first()


def standing(*, user_id: int) -> Standing | None:
    """The data that `GET /subscription` shows; None without a subscription."""
    subscription = current(user_id=user_id)
    if subscription is None:
        return None
    plan = PLANS[PlanName(subscription.plan)]
    return Standing(subscription, plan, quotas.usage(user_id=user_id))


def latest(*, user_id: int) -> Subscription | None:
    """The user's newest subscription in any state."""
    return Subscription.objects.filter(user_id=user_id).order_by("-subscribed_at", "-pk").first()


def latest_begun(*, user_id: int) -> Subscription | None:
    """The user's newest subscription whose first payment succeeded, ended or not."""
    begun = Subscription.objects.filter(user_id=user_id, began=True)
    return begun.order_by("-subscribed_at", "-pk").first()


def unpaid_attempts(*, user_id: int) -> QuerySet[Subscription]:
    """Subscriptions whose first payment never succeeded."""
    return Subscription.objects.filter(user_id=user_id, status=Status.INCOMPLETE)


def out_of_grace() -> QuerySet[Subscription]:
    """Subscriptions that are overdue beyond the grace period; those that failed to end come
    last.
    """
    over = Subscription.objects.filter(status=Status.PAST_DUE, grace_until__lte=Now())
    return over.order_by("-grace_until", "-pk")


def without_owner() -> QuerySet[Subscription]:
    """Running subscriptions whose user was deleted; those that failed to end come last."""
    left = Subscription.objects.filter(ended_at__isnull=True, user__isnull=True)
    return left.order_by("-fetched_at", "-pk")


def not_seen_since(moment: datetime) -> QuerySet[Subscription]:
    """Running subscriptions that were not fetched from Stripe since `moment`.

    Those whose month is over come first. One that Stripe refuses to show keeps its old time of
    fetching, so it comes last.
    """
    running = Subscription.objects.filter(ended_at__isnull=True, fetched_at__lt=moment)
    return running.order_by(_OVER.desc(), "-fetched_at")


def paying() -> QuerySet[Subscription]:
    """All subscriptions that are paid or overdue, which make up the monthly revenue."""
    return Subscription.objects.filter(_PAID | Q(status=Status.PAST_DUE) & _NOT_RUN_OUT)


def _live(user_id: int) -> QuerySet[Subscription]:
    return Subscription.objects.filter(_NOT_RUN_OUT, user_id=user_id, status__in=LIVE)
