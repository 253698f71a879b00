"""The pages of batches; all that they show comes through the public API."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.pricing import BATCH_MAX, CREDITS_PER_IMAGE, Tier
from dashboard.pages import AppPage


@dataclass(frozen=True)
class TierChoice:
    """A tier as a visitor chooses it; `credits` is the price of an image before discounts."""

    name: str
    title: Promise
    text: Promise

    @property
    def credits(self) -> int:
        return CREDITS_PER_IMAGE[Tier(self.name)]


TIERS = (
    TierChoice("basic", _("Basic"), _("For previews and clear subjects.")),
    TierChoice("standard", _("Standard"), _("For shops: products, people, pets.")),
    TierChoice("professional", _("Professional"), _("For hair, fur and fine edges.")),
    TierChoice("industry", _("Industry"), _("For print and see-through edges.")),
)


class BatchesPage(AppPage):
    template_name = "dashboard/batches.html"

    def context(self) -> dict[str, Any]:
        return {"tiers": TIERS}


class NewBatchPage(AppPage):
    template_name = "dashboard/batch_new.html"

    def context(self) -> dict[str, Any]:
        limits = {
            "images": BATCH_MAX,
            "bytes": settings.MAX_IMAGE_BYTES,
            "megabytes": settings.MAX_IMAGE_BYTES // 1024**2,
            "batch_bytes": settings.BATCH_MAX_BYTES,
        }
        return {"tiers": TIERS, "limits": limits}


class BatchPage(AppPage):
    """Which batch it is, the script reads in the address: whether it exists the API tells."""

    template_name = "dashboard/batch.html"
