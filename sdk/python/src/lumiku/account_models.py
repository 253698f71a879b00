"""Answers about an account as frozen dataclasses: subscription, payments, partners, presets.

They follow the rules of `lumiku.models`. `SCHEMAS` names each one's schema in the OpenAPI document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lumiku.models import Failure, Job, Preview


@dataclass(frozen=True)
class PlanPrice:
    """The monthly price in whole units of `currency`."""

    monthly_price: int
    currency: str


@dataclass(frozen=True)
class DailyQuota:
    """Images that a plan includes a day."""

    limit: int
    used: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True)
class TierQuota:
    """The part of the daily images that may use the professional tier."""

    limit: int
    used: int
    remaining: int


@dataclass(frozen=True)
class SubscriptionTerms:
    next_billing_date: datetime | None
    subscribed_at: datetime
    cancel_at_period_end: bool
    expires_at: datetime | None
    grace_until: datetime | None


@dataclass(frozen=True)
class Plan:
    """A plan on sale; `price` is for a month."""

    name: str
    price: int
    daily_quota: int
    allowed_tiers: tuple[str, ...]
    professional_quota: int | None


@dataclass(frozen=True)
class Quotas:
    daily: DailyQuota
    professional_tier: TierQuota | None


@dataclass(frozen=True)
class Subscription:
    """The account's subscription, or only that it has none and the plans there are."""

    has_subscription: bool
    subscription_id: str | None
    plan: str | None
    status: str | None
    pricing: PlanPrice | None
    quotas: Quotas | None
    allowed_tiers: tuple[str, ...] | None
    billing: SubscriptionTerms | None
    available_plans: tuple[Plan, ...] | None


@dataclass(frozen=True)
class Subscribed:
    """A subscription that was just made or changed."""

    subscription_id: str
    plan: str
    status: str
    next_billing_date: datetime
    amount_charged: int


@dataclass(frozen=True)
class CancelledSubscription:
    message: str
    expires_at: datetime
    remaining_days: int


@dataclass(frozen=True)
class SubscriptionPage:
    """Address of the payment page."""

    checkout_url: str


@dataclass(frozen=True)
class Order:
    """An order of credits, paid on the page at `checkout_url`."""

    order_id: str
    checkout_url: str
    credits: int
    amount: int
    currency: str


@dataclass(frozen=True)
class CreditPack:
    id: str
    name: str
    credits: int
    price: int
    currency: str


@dataclass(frozen=True)
class Invoice:
    id: str
    number: str | None
    description: str | None
    status: str
    currency: str
    amount_due: int
    amount_paid: int
    order_id: str | None
    pdf_url: str | None
    hosted_url: str | None
    created_at: datetime
    paid_at: datetime | None
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True)
class Card:
    id: str
    type: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True)
class PaymentMethod:
    payment_method: Card | None
    publishable_key: str | None


@dataclass(frozen=True)
class Portal:
    """Address of the page on which the customer manages payments."""

    url: str


@dataclass(frozen=True)
class SpendingCap:
    credits: int
    period: str
    spent: int
    resets_at: datetime


@dataclass(frozen=True)
class BillingSettings:
    spending_cap: SpendingCap | None
    low_credit_threshold: int
    is_default_threshold: bool


@dataclass(frozen=True)
class UsageDay:
    date: str
    credits: int
    images_by_subscription: int


@dataclass(frozen=True)
class DailyUsage:
    from_: str
    to: str
    credits: int
    days: tuple[UsageDay, ...]


@dataclass(frozen=True)
class JobCounts:
    total: int
    completed: int
    failed: int
    cancelled: int
    unfinished: int
    success_rate: float


@dataclass(frozen=True)
class CreditsUsed:
    used: int
    available: int
    cost_in_idr: int


@dataclass(frozen=True)
class TierShare:
    count: int
    percentage: float
    credits_used: int


@dataclass(frozen=True)
class TierShares:
    basic: TierShare
    standard: TierShare
    professional: TierShare
    industry: TierShare


@dataclass(frozen=True)
class Stats:
    period: str
    jobs: JobCounts
    credits: CreditsUsed
    tier_breakdown: TierShares


@dataclass(frozen=True)
class StartedAvatars:
    batch_id: str
    total_credits: int
    discount_percentage: int
    project_id: str
    total_avatars: int


@dataclass(frozen=True)
class StartedSlides:
    batch_id: str
    total_credits: int
    discount_percentage: int
    carousel_id: str
    total_slides: int


@dataclass(frozen=True)
class RemovedPose:
    job_id: str
    processed_url: str
    credits_used: int
    generated_image_id: str


@dataclass(frozen=True)
class RemovedAndUpscaled:
    job_id: str
    processed_url: str
    credits_used: int
    order: str
    factor: int


@dataclass(frozen=True)
class Preset:
    name: str
    title: str
    built_in: bool
    options: Mapping[str, Any]
    source: str | None
    updated_at: datetime | None


@dataclass(frozen=True)
class ReportedResult:
    job_id: str
    reported_at: datetime
    retry: Job | None


@dataclass(frozen=True)
class VersionMetadata:
    processed_size: int
    width: int
    height: int
    format: str


@dataclass(frozen=True)
class Version:
    version: int
    status: str
    current: bool
    processed_url: str | None
    preview: Preview | None
    options: Mapping[str, Any]
    metadata: VersionMetadata | None
    error: Failure | None
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class RenderedVersion:
    version: Version
    job: Job


@dataclass(frozen=True)
class UploadTarget:
    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class ListedUpload:
    upload_id: str
    filename: str
    reference: str | None
    url: str | None
    content_type: str | None
    size: int | None
    status: str
    error: Failure | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    send_to: UploadTarget | None


@dataclass(frozen=True)
class QueueWait:
    single_seconds: float
    batch_seconds: float


@dataclass(frozen=True)
class StatusHour:
    hour: datetime
    success_rate: float | None


@dataclass(frozen=True)
class SlowMs:
    basic: int | None
    standard: int | None
    professional: int | None
    industry: int | None


@dataclass(frozen=True)
class ServiceStatus:
    state: str
    message: str
    queue: QueueWait
    success_rate: float | None
    hours: tuple[StatusHour, ...]
    slow_ms: SlowMs
    checked_at: datetime


SCHEMAS: Mapping[str, type] = {
    "PlanPrice": PlanPrice,
    "Daily": DailyQuota,
    "Share": TierQuota,
    "Terms": SubscriptionTerms,
    "Plan": Plan,
    "Quotas": Quotas,
    "Standing": Subscription,
    "Subscribed": Subscribed,
    "Cancelled": CancelledSubscription,
    "SubscriptionPage": SubscriptionPage,
    "Order": Order,
    "Pack": CreditPack,
    "Invoice": Invoice,
    "Card": Card,
    "ChosenCard": PaymentMethod,
    "Portal": Portal,
    "CapState": SpendingCap,
    "Preferences": BillingSettings,
    "UsageDay": UsageDay,
    "DailyUsage": DailyUsage,
    "JobCounts": JobCounts,
    "OwnCredits": CreditsUsed,
    "OwnTierShare": TierShare,
    "OwnTierShares": TierShares,
    "OwnStats": Stats,
    "StartedAvatars": StartedAvatars,
    "StartedSlides": StartedSlides,
    "RemovedPose": RemovedPose,
    "RemovedAndUpscaled": RemovedAndUpscaled,
    "Preset": Preset,
    "Reported": ReportedResult,
    "VersionMetadata": VersionMetadata,
    "Version": Version,
    "Rendered": RenderedVersion,
    "Target": UploadTarget,
    "ListedUpload": ListedUpload,
    "QueueWait": QueueWait,
    "StatusHour": StatusHour,
    "Slow": SlowMs,
    "Status": ServiceStatus,
    "VersionError": Failure,
}
