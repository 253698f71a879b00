"""Display of values on operators' pages: prices, states and links to what they name.

The factories make methods of an admin class, for its lists as well as for a row's page:

    shown_status = status()
    owner = person("user", "Owner")
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

Column = Callable[[Any, Any], str]
_LINK = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
_NONE = "–"
# States by what they mean: all is well, under way, worth a look, and failed.
_VARIANTS = {
    "success": ("completed", "paid", "active", "delivered", "sent", "works", "done", "closed"),
    "info": ("queued", "processing", "zipping", "pending", "open", "trialing", "draft", "waiting"),
    "warning": ("past_due", "incomplete", "paused", "expired", "refused", "failing"),
    "danger": ("failed", "unpaid", "uncollectible", "revoked", "dead", "given_up", "no answer"),
}
_VARIANT = {state: variant for variant, states in _VARIANTS.items() for state in states}


def rupiah(amount: int) -> str:
    """Whole rupiah as `Rp 99,000`."""
    return f"−Rp {-amount:,}" if amount < 0 else f"Rp {amount:,}"


def badge(state: str) -> str:
    """A state in a colour; one that is not known here is grey."""
    if not state:
        return _NONE
    context = {"text": state.replace("_", " "), "variant": _VARIANT.get(state, "default")}
    return SafeString(render_to_string("unfold/helpers/label.html", context).strip())


def link(address: str, text: str) -> SafeString:
    return format_html(_LINK, address, text)


def page_link(page: str, key: Any, text: str) -> SafeString:
    """Link to a row's own page; `page` is `app_model`."""
    return link(reverse(f"admin:{page}_change", args=[key]), text)


def customer_link(user: Any) -> str:
    """The e-mail address, which leads to the customer's page."""
    return link(reverse("operators-customer", args=[user.public_id]), user.email) if user else _NONE


def status(field: str = "status", description: str = "Status") -> Column:
    """The state in this field, coloured."""

    @admin.display(description=description)
    def shown(_: Any, row: Any) -> str:
        return badge(str(getattr(row, field)))

    return shown


def person(path: str = "user", description: str = "Customer") -> Column:
    """The user at this path (dotted), as a link; rows of erased accounts have none."""
    find = attrgetter(path)

    @admin.display(description=description)
    def shown(_: Any, row: Any) -> str:
        return customer_link(find(row))

    return shown


def price(field: str, description: str) -> Column:
    """An amount of whole rupiah."""

    @admin.display(description=description)
    def shown(_: Any, row: Any) -> str:
        amount = getattr(row, field)
        return _NONE if amount is None else rupiah(amount)

    return shown


def number(field: str, description: str) -> Column:
    """A whole number with its thousands apart."""

    @admin.display(description=description)
    def shown(_: Any, row: Any) -> str:
        value = getattr(row, field)
        return _NONE if value is None else f"{value:,}"

    return shown
