"""The pages of single removals and of all jobs; what they show comes through the public API."""

from typing import Any

from django.conf import settings

from dashboard.pages import AppPage
from dashboard.tiers import TIERS
from removal import model_choice
from removal.lifecycle import JobStatus


class SinglePage(AppPage):
    template_name = "dashboard/single.html"

    def context(self) -> dict[str, Any]:
        return {
            "tiers": TIERS,
            "models": model_choice.pinnable(),
            "max_bytes": settings.MAX_IMAGE_BYTES,
            "max_megabytes": settings.MAX_IMAGE_BYTES // 1024**2,
            "max_megapixels": settings.MAX_IMAGE_PIXELS // 10**6,
        }


class JobsPage(AppPage):
    template_name = "dashboard/jobs.html"

    def context(self) -> dict[str, Any]:
        return {"tiers": TIERS, "statuses": [*JobStatus]}
