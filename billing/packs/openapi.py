"""Examples of the OpenAPI document."""

from typing import Any

PACKS: dict[str, Any] = {
    "packs": [
        {"id": "small", "name": "Small", "credits": 100, "price": 10000, "currency": "IDR"},
        {"id": "medium", "name": "Medium", "credits": 500, "price": 50000, "currency": "IDR"},
    ]
}
ORDER: dict[str, Any] = {
    "orderId": "order_01jhmz7vw5k2y8n3q6r9t4x1ab",
    "checkoutUrl": "https://checkout.stripe.com/c/pay/cs_live_a1b2c3",
    "credits": 500,
    "amount": 50000,
    "currency": "IDR",
}
PORTAL = {"url": "https://billing.stripe.com/p/session/bps_a1b2c3"}
CARD: dict[str, Any] = {
    "paymentMethod": {
        "id": "pm_abc123",
        "type": "card",
        "brand": "visa",
        "last4": "4242",
        "expMonth": 12,
        "expYear": 2030,
    },
    "publishableKey": "pk_live_a1b2c3",
}
