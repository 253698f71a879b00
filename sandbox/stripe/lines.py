"""Invoice lines, and the pending invoice items that become lines."""

from dataclasses import dataclass

from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of, fresh_id

Period = tuple[int, int]


@dataclass(frozen=True)
class Item:
    """A subscription item as it is billed."""

    subscription: Object
    item_id: str
    price: Object
    quantity: int

    @property
    def amount(self) -> int:
        """The amount for a whole period."""
        return int(self.price["unit_amount"]) * self.quantity


def for_period(world: World, item: Item, period: Period) -> Object:
    """The line that bills a whole period of a subscription item."""
    product = world.get("product", item.price["product"])
    recurring = item.price["recurring"]
    return {
        **_line(item.price, item.amount, item.quantity, period, item.subscription["metadata"]),
        "description": f"{item.quantity} × {product['name']} (each {recurring['interval']})",
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": item.subscription["id"],
                "subscription_item": item.item_id,
            },
            "type": "subscription_item_details",
        },
        "subscription": item.subscription["id"],
    }


def from_invoice_item(world: World, item: Object) -> Object:
    """The line that bills a pending invoice item: a proration, or one that the API created."""
    price_id = item["pricing"]["price_details"]["price"] if item["pricing"] else None
    price = world.store.find(price_id) if price_id else None
    period = (item["period"]["start"], item["period"]["end"])
    parent = item["parent"] or {}
    subscription = (parent.get("subscription_details") or {}).get("subscription")
    return {
        **_line(price, item["amount"], item["quantity"], period, item["metadata"]),
        "currency": item["currency"],
        "description": item["description"],
        "parent": {
            "invoice_item_details": {
                "invoice_item": item["id"],
                "proration": item["proration"],
                "proration_details": {"credited_items": None},
                "subscription": subscription,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "subscription": subscription,
    }


def invoice_item(
    world: World,
    customer: Object,
    *,
    amount: int,
    currency: str,
    description: str | None,
    period: Period,
    price: Object | None = None,
    quantity: int = 1,
    metadata: dict[str, str] | None = None,
) -> Object:
    """An unstored invoice item for the customer's next invoice."""
    return {
        "id": fresh_id("ii_"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "date": world.now(clock_of(world, customer)),
        "description": description,
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": metadata or {},
        "net_amount": amount,
        "parent": None,
        "period": {"start": period[0], "end": period[1]},
        "pricing": _pricing(price) if price else None,
        "proration": False,
        "proration_details": None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": customer["test_clock"],
    }


def proration(
    world: World, customer: Object, item: Item, *, amount: int, description: str, period: Period
) -> Object:
    """An `invoice_item` for a change of a subscription item; only its next invoice bills it."""
    plain = invoice_item(
        world,
        customer,
        amount=amount,
        currency=item.price["currency"],
        description=description,
        period=period,
        price=item.price,
        quantity=item.quantity,
    )
    return {
        **plain,
        "discountable": False,
        "parent": {
            "subscription_details": {
                "subscription": item.subscription["id"],
                "subscription_item": item.item_id,
            },
            "type": "subscription_details",
        },
        "proration": True,
    }


def waiting(world: World, customer: Object, subscription: Object | None) -> list[Object]:
    """Invoice items that no invoice has billed yet: those of the subscription, or of none."""
    wanted = subscription["id"] if subscription else None
    return [
        item
        for item in world.store.select("invoiceitem", customer=customer["id"], invoice=None)
        if ((item["parent"] or {}).get("subscription_details") or {}).get("subscription") == wanted
    ]


def _line(
    price: Object | None, amount: int, quantity: int, period: Period, metadata: dict[str, str]
) -> Object:
    return {
        "id": fresh_id("il_"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"] if price else "",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": dict(metadata),
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": _pricing(price) if price else None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subtotal": amount,
        "taxes": [],
    }


def _pricing(price: Object) -> Object:
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
