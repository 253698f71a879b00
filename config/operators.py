"""Appearance and navigation of the operators' pages."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def unfold(*, production: bool) -> dict[str, Any]:
    """Settings of django-unfold."""
    return {
        "SITE_TITLE": "Lumiku operators",
        "SITE_HEADER": "Lumiku",
        "SITE_SUBHEADER": "Background Remover Pro",
        "SITE_FAVICONS": [
            {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("operators/icon.svg")}
        ],
        "STYLES": [lambda _: static("operators/site.css")],
        "SITE_SYMBOL": "content_cut",
        "SITE_URL": "/",
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "ENVIRONMENT": (
            "config.operators.maintenance_badge" if production else "config.operators.environment"
        ),
        "DASHBOARD_CALLBACK": "adminstats.landing.context",
        "BORDER_RADIUS": "8px",
        "COLORS": {"primary": _TEAL},
        "ACCOUNT": {
            "navigation": [
                {"title": "Second factor", "link": reverse_lazy("admin:second_factor")},
                {"title": "Change password", "link": reverse_lazy("admin:password_change")},
            ]
        },
        "SIDEBAR": {"show_search": False, "navigation": _NAVIGATION},
    }


def environment(request: Any) -> list[str]:
    """The badge that shows the mode of the installation, or that maintenance is on."""
    return maintenance_badge(request) or ["Embedded", "warning"]


def maintenance_badge(_request: Any) -> list[str] | None:
    """The badge while the service refuses new work."""
    # Models can be imported only after the settings, which name this function.
    from common import maintenance  # noqa: PLC0415

    return ["Maintenance", "danger"] if maintenance.current() else None


def _page(title: str, icon: str, model: str) -> dict[str, Any]:
    app, _, name = model.partition(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _may_see(app, name),
    }


def _may_see(app: str, name: str) -> Any:
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


_TEAL = {
    "50": "oklch(98.4% .014 180.7)",
    "100": "oklch(95.3% .051 180.8)",
    "200": "oklch(91% .096 180.4)",
    "300": "oklch(85.5% .138 181.1)",
    "400": "oklch(77.7% .152 181.9)",
    "500": "oklch(70.4% .14 182.5)",
    "600": "oklch(60% .118 184.7)",
    "700": "oklch(51.1% .096 186.4)",
    "800": "oklch(43.7% .078 188.2)",
    "900": "oklch(38.6% .063 188.4)",
    "950": "oklch(27.7% .046 192.5)",
}
_NAVIGATION: list[dict[str, Any]] = [
    {"items": [{"title": "Overview", "icon": "monitoring", "link": reverse_lazy("admin:index")}]},
    {
        "title": "People",
        "items": [
            _page("Users", "person", "accounts.user"),
            _page("API keys", "key", "accounts.apikey"),
            _page("Erasures", "person_remove", "accounts.erasure"),
            _page("Rate limits", "speed", "common.ratelimitoverride"),
            _page("Groups", "group", "auth.group"),
        ],
    },
    {
        "title": "Work",
        "items": [
            _page("Jobs", "image", "removal.job"),
            _page("Batches", "photo_library", "batches.batch"),
            _page("Uploads", "upload", "batches.upload"),
            _page("Contributions", "add_photo_alternate", "integrations.contribution"),
        ],
    },
    {
        "title": "Money",
        "items": [
            _page("Accounts", "account_balance_wallet", "billing.account"),
            _page("Ledger", "receipt_long", "billing.entry"),
            _page("Holds", "lock_clock", "billing.hold"),
            _page("Debts", "money_off", "billing.debt"),
            _page("Credit packs", "sell", "billing.creditpack"),
            _page("Orders", "shopping_cart", "billing.creditorder"),
            _page("Daily quotas", "data_usage", "billing.quotaday"),
        ],
    },
    {
        "title": "Stripe",
        "items": [
            _page("Subscriptions", "autorenew", "billing.subscription"),
            _page("Invoices", "request_quote", "billing.invoice"),
            _page("Customers", "badge", "billing.customer"),
            _page("Events", "bolt", "billing.stripeevent"),
        ],
    },
    {
        "title": "Integrations",
        "items": [
            _page("Partners", "handshake", "integrations.partner"),
            _page("Webhook endpoints", "webhook", "integrations.endpoint"),
            _page("Webhook events", "notifications", "integrations.event"),
            _page("Webhook deliveries", "outbox", "integrations.delivery"),
        ],
    },
    {
        "title": "System",
        "items": [
            _page("Models", "neurology", "removal.modeldownload"),
            _page("Operators' log", "history", "common.operatoraction"),
            _page("Mails", "mail", "common.outgoingmail"),
        ],
    },
]
