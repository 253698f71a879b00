"""The public pages, and what crawlers and browsers ask for by themselves."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from billing.plans import PLANS
from billing.pricing import BATCH_MAX, IDR_PER_CREDIT
from dashboard.pages import Page
from dashboard.tiers import TIERS


class Landing(Page):
    template_name = "dashboard/landing.html"

    def context(self) -> dict[str, Any]:
        return {
            "tiers": TIERS,
            "plans": [
                {
                    "title": plan.name.capitalize(),
                    "price": plan.monthly_price_idr,
                    "quota": plan.daily_quota,
                    "tiers": [tier.title for tier in TIERS if tier.name in plan.allowed_tiers],
                }
                for plan in PLANS.values()
            ],
            "idr_per_credit": IDR_PER_CREDIT,
            "batch_max": BATCH_MAX,
            "bonus": settings.SIGNUP_BONUS_CREDITS,
            "trial_bytes": settings.SURFACE_LIMITS["trial"][0],
            "trial_size": f"{settings.SURFACE_LIMITS['trial'][0] / 1024**2:.3g} MB",
            "base_url": settings.BASE_URL,
            "picture": settings.BASE_URL + static("dashboard/pictures/after.webp"),
        }


class ServiceStatus(Page):
    template_name = "dashboard/status.html"


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """`robots.txt`, which keeps crawlers to the public pages."""
    lines = [
        "User-agent: *",
        "Disallow: /app/",
        "Disallow: /v1/",
        "Disallow: /api/",
        "Disallow: /admin/",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponseBase:
    """The icon at the usual address; pages themselves name another."""
    return HttpResponseRedirect(static("operators/icon.svg"))
