"""The pages of batches; all that they show comes through the public API."""

from typing import Any

from django.conf import settings

from billing.pricing import BATCH_MAX
from dashboard.pages import AppPage
from dashboard.tiers import TIERS


class BatchesPage(AppPage):
    template_name = "dashboard/batches.html"

    def context(self) -> dict[str, Any]:
        return {"tiers": TIERS}


class NewBatchPage(AppPage):
    template_name = "dashboard/batch_new.html"
    part_of = "dashboard:batches"

    def context(self) -> dict[str, Any]:
        limits = {
            "images": BATCH_MAX,
            "bytes": settings.MAX_IMAGE_BYTES,
            "megabytes": settings.MAX_IMAGE_BYTES // 1024**2,
            "batch_bytes": settings.BATCH_MAX_BYTES,
        }
        return {"tiers": TIERS, "limits": limits}


class BatchPage(AppPage):
    """The page of one batch; its script takes the identifier from the address and uses the API."""

    template_name = "dashboard/batch.html"
    part_of = "dashboard:batches"
