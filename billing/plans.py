"""Subscription plans as data. The module uses no database, settings or clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from billing.pricing import Tier


class PlanName(StrEnum):
    STARTER = "starter"
    PRO = "pro"


@dataclass(frozen=True)
class Plan:
    """Prices are whole rupiah a month; quotas are images a UTC day.

    `tier_quotas` caps single tiers within `daily_quota`; a tier without one shares the whole.
    """

    name: PlanName
    monthly_price_idr: int
    daily_quota: int
    allowed_tiers: tuple[Tier, ...]
    tier_quotas: Mapping[Tier, int]

    def allows(self, tier: Tier) -> bool:
        return tier in self.allowed_tiers


STARTER = Plan(
    name=PlanName.STARTER,
    monthly_price_idr=99_000,
    daily_quota=50,
    allowed_tiers=(Tier.BASIC, Tier.STANDARD),
    tier_quotas=MappingProxyType({}),
)
PRO = Plan(
    name=PlanName.PRO,
    monthly_price_idr=299_000,
    daily_quota=200,
    allowed_tiers=(Tier.BASIC, Tier.STANDARD, Tier.PROFESSIONAL),
    tier_quotas=MappingProxyType({Tier.PROFESSIONAL: 50}),
)
PLANS: Mapping[PlanName, Plan] = MappingProxyType({plan.name: plan for plan in (STARTER, PRO)})
