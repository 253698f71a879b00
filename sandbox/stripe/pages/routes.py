"""The routes of the pages."""

import re
from collections.abc import Callable

from sandbox.stripe.pages import checkout_page, control, dashboard, invoice_page, portal_page
from sandbox.stripe.pages.html import Answer, page
from sandbox.stripe.params import Params
from sandbox.stripe.world import World

_Handler = Callable[..., Answer]
_PAGES: tuple[tuple[str, str, _Handler], ...] = (
    ("GET", "/c/pay/{}", checkout_page.show),
    ("POST", "/c/pay/{}", checkout_page.act),
    ("GET", "/3ds/{}", checkout_page.show_bank),
    ("POST", "/3ds/{}", checkout_page.answer_bank),
    ("GET", "/i/{}", invoice_page.show),
    ("POST", "/i/{}", invoice_page.pay),
    ("GET", "/i/{}/pdf", invoice_page.download),
    ("GET", "/receipts/{}", invoice_page.receipt),
    ("GET", "/p/session/{}", portal_page.show),
    ("POST", "/p/session/{}", portal_page.act),
    ("GET", "/", dashboard.show),
    ("GET", "/events/{}", dashboard.show_event),
    ("POST", "/sandbox/charges/{}/refund", control.refund),
    ("POST", "/sandbox/charges/{}/dispute", control.dispute),
    ("POST", "/sandbox/disputes/{}/decide", control.decide),
    ("POST", "/sandbox/events/{}/redeliver", control.redeliver),
    ("POST", "/sandbox/delivery", control.set_delivery),
    ("POST", "/sandbox/faults", control.set_faults),
    ("POST", "/sandbox/time/month", control.next_month),
    ("POST", "/sandbox/clocks/{}/month", control.next_month_of),
    ("POST", "/sandbox/clocks/{}/arrive", control.arrive),
)


def answer(world: World, method: str, path: str, form: Params) -> Answer:
    """Answer a request for a page, inside a transaction. Raises `ApiError`."""
    for wanted, pattern, handler in _PAGES:
        found = re.fullmatch(pattern.replace("{}", "([^/]+)"), path)
        if wanted == method and found:
            return handler(world, form, *found.groups())
    return page("Not found", status=404)
