"""The endpoints of checkout sessions."""

from typing import Any

from sandbox.stripe import checkout, prices
from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import by_id, lists, page
from sandbox.stripe.params import (
    Params,
    boolean,
    choice,
    integer,
    list_of,
    merged,
    metadata,
    positive,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.views import View, listing
from sandbox.stripe.world import DAY, World, clock_of, fresh_id

_PATH = "/v1/checkout/sessions"
_MIN_LIFE = 1800
_PRODUCT_DATA = shape("name", name=text, description=text, metadata=metadata)
_PRICE_DATA = shape("currency", **prices.DATA, product=text, product_data=_PRODUCT_DATA)
_LINE = shape(price=text, price_data=_PRICE_DATA, quantity=positive)
_INVOICE_DATA = shape(description=text, footer=text, metadata=metadata)
_CREATE = shape(
    "mode",
    "success_url",
    cancel_url=text,
    client_reference_id=text,
    customer=text,
    customer_creation=choice("always", "if_required"),
    customer_email=text,
    expires_at=integer,
    invoice_creation=shape("enabled", enabled=boolean, invoice_data=_INVOICE_DATA),
    line_items=list_of(_LINE),
    locale=text,
    metadata=metadata,
    mode=choice("payment", "subscription"),
    payment_intent_data=shape(
        description=text,
        metadata=metadata,
        receipt_email=text,
        setup_future_usage=choice("off_session", "on_session"),
    ),
    payment_method_types=list_of(choice("card")),
    submit_type=choice("auto", "book", "donate", "pay", "subscribe"),
    subscription_data=shape(description=text, metadata=metadata),
    success_url=text,
)


def _create(world: World, p: Params) -> Object:
    customer = world.get("customer", p["customer"], param="customer") if "customer" in p else None
    bought = [_line(world, line, at, p["mode"]) for at, line in enumerate(p.get("line_items", []))]
    if not bought:
        raise invalid(
            "Missing required param: line_items.", param="line_items", code="parameter_missing"
        )
    if len({line["currency"] for line in bought}) > 1:
        raise invalid("All line items need the same currency.", param="line_items")
    total = sum(line["amount_total"] for line in bought)
    session_id = fresh_id("cs_test_")
    now = world.now(clock_of(world, customer or {}))
    session = world.store.add(
        {
            **_constant(),
            "id": session_id,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": p.get("cancel_url"),
            "client_reference_id": p.get("client_reference_id"),
            "created": now,
            "currency": bought[0]["currency"],
            "customer": customer["id"] if customer else None,
            "customer_creation": None if customer else _customer_creation(p),
            "customer_details": None,
            "customer_email": p.get("customer_email"),
            "expires_at": _expiry(p, now),
            "invoice_creation": _invoice_creation(p) if p["mode"] == "payment" else None,
            "locale": p.get("locale"),
            "metadata": p.get("metadata", {}),
            "mode": p["mode"],
            "payment_intent": None,
            "payment_method_types": p.get("payment_method_types", ["card"]),
            "payment_status": "unpaid",
            "status": "open",
            "submit_type": p.get("submit_type"),
            "subscription": None,
            "success_url": p["success_url"],
            "url": f"{world.settings.base_url}/c/pay/{session_id}",
        }
    )
    world.store.add(
        {
            "id": f"order_{session_id}",
            "object": "sandbox.order",
            "lines": bought,
            "intent": p.get("payment_intent_data", {}),
            "subscription": p.get("subscription_data", {}),
        }
    )
    return session


def _line(world: World, given: Params, at: int, mode: str) -> Object:
    if "price_data" in given:
        price = prices.from_data(world, given["price_data"])
    else:
        price = world.get("price", given.get("price", ""), param=f"line_items[{at}][price]")
        if not price["active"]:
            raise invalid("The price specified is inactive.", param=f"line_items[{at}][price]")
    if (price["type"] == "recurring") != (mode == "subscription"):
        raise invalid(
            "You must provide recurring prices in `subscription` mode and one-time prices in "
            "`payment` mode.",
            param=f"line_items[{at}][price]",
        )
    quantity = given.get("quantity", 1)
    total = price["unit_amount"] * quantity
    return {
        "id": fresh_id("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": world.get("product", price["product"])["name"],
        "metadata": {},
        "price": price["id"],
        "quantity": quantity,
    }


def _customer_creation(p: Params) -> str:
    # An invoice needs a customer to be addressed to, and a subscription one to charge again.
    always = p["mode"] == "subscription" or p.get("invoice_creation", {}).get("enabled")
    return "always" if always else str(p.get("customer_creation", "if_required"))


def _invoice_creation(p: Params) -> Object:
    given = p.get("invoice_creation", {})
    data = given.get("invoice_data", {})
    return {
        "enabled": given.get("enabled", False),
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": data.get("description"),
            "footer": data.get("footer"),
            "issuer": None,
            "metadata": data.get("metadata", {}),
            "rendering_options": None,
        },
    }


def _expiry(p: Params, now: int) -> int:
    wanted = int(p.get("expires_at", now + DAY))
    if not now + _MIN_LIFE <= wanted <= now + DAY + 60:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return wanted


def _constant() -> dict[str, Any]:
    return {
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "branding_settings": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer_account": None,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "origin_context": None,
        "payment_link": None,
        "payment_method_collection": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "wallet_options": None,
    }


def _update(world: World, p: Params, session_id: str) -> Object:
    session = world.get("checkout.session", session_id)
    session["metadata"] = merged(session["metadata"], p.get("metadata"))
    return session


def _expire(world: World, _p: Params, session_id: str) -> Object:
    session = world.get("checkout.session", session_id)
    checkout.expire(world, session)
    return session


def _list(world: World, p: Params) -> Object:
    fields = ("customer", "payment_intent", "status", "subscription")
    equal = {name: p[name] for name in fields if name in p}
    return page(world.store.select("checkout.session", **equal), p, url=_PATH)


def _list_lines(world: World, p: Params, session_id: str) -> Object:
    session = world.get("checkout.session", session_id)
    found = list(reversed(checkout.lines_of(world, session)))
    return page(found, p, url=f"{_PATH}/{session_id}/line_items")


def _line_items(world: World, session: Object) -> Object:
    return listing(f"{_PATH}/{session['id']}/line_items", checkout.lines_of(world, session))


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route(
            "GET",
            _PATH,
            _list,
            lists(
                customer=text,
                payment_intent=text,
                status=choice("complete", "expired", "open"),
                subscription=text,
            ),
        ),
        Route("GET", f"{_PATH}/{{}}", by_id("checkout.session")),
        Route("POST", f"{_PATH}/{{}}", _update, shape(metadata=metadata)),
        Route("POST", f"{_PATH}/{{}}/expire", _expire),
        Route("GET", f"{_PATH}/{{}}/line_items", _list_lines, lists()),
    ),
    views={"checkout.session": View(on_request={"line_items": _line_items})},
)
