"""Sale of credits: the order is written first, then Stripe's page is requested."""

from dataclasses import dataclass
from datetime import datetime

from billing import catalogue
from billing.customers import services as customers
from billing.models import CreditOrder, CreditPack
from billing.packs import payments
from billing.stripe import gateway, idempotent_calls
from billing.stripe.idempotent_calls import Intent
from common.http.errors import InvalidInput
from common.users import UserRef


def on_sale() -> list[CreditPack]:
    """The packs on sale, in the operators' order."""
    return list(CreditPack.objects.filter(active=True))


@dataclass(frozen=True)
class ReturnPages:
    """The addresses that the payment page leads back to."""

    success: str
    cancel: str


def checkout(*, user: UserRef, pack: str, back: ReturnPages, now: datetime) -> CreditOrder:
    """Order a pack; the order's `checkout_url` is the page to pay on.

    Raises `InvalidInput` for a pack that is not on sale, `StripeConflict` (409) and
    `StripeUnavailable` (503).
    """
    wanted = _pack(pack)
    with idempotent_calls.intent(
        subject=customers.subject(user),
        action="checkout",
        body={"pack": pack, "success": back.success, "cancel": back.cancel},
        now=now,
    ) as intent:
        customer = customers.ensure(user=user, intent=intent, now=now)
        price = catalogue.sync(catalogue.of_pack(wanted))
        order = _order(user, wanted, intent, now)
        page = gateway.create_checkout(
            customer_id=customer.id,
            price_id=price.price_id,
            order=order.public_id,
            success_url=back.success,
            cancel_url=back.cancel,
            key=intent.key_for(order.public_id),
        )
        order.checkout_session, order.checkout_url = page.id, page.url or ""
        order.save(update_fields=["checkout_session", "checkout_url"])
        return order


def refresh_session(*, session_id: str, now: datetime) -> None:
    """Fetch a checkout page's state from Stripe: paid, expired or still open.

    Raises `payments.Mismatch` and the gateway's errors.
    """
    page = gateway.checkout(session_id)
    if page.payment_intent:
        payments.refresh(payment_intent=page.payment_intent, now=now)
    if page.status == "expired":
        open_orders = CreditOrder.objects.filter(public_id=page.order or "", paid_at__isnull=True)
        open_orders.update(closed_at=now)


def _pack(slug: str) -> CreditPack:
    on_offer = {pack.slug: pack for pack in on_sale()}
    if slug not in on_offer:
        raise InvalidInput(
            f"There is no pack {slug[:50]!r} on sale; use one of {', '.join(on_offer) or 'none'}",
            details={"allowed": list(on_offer)},
        )
    return on_offer[slug]


def _order(user: UserRef, pack: CreditPack, intent: Intent, now: datetime) -> CreditOrder:
    """Return a new order, or the one that an unanswered attempt left without a page."""
    agreed = {"credits": pack.credits, "amount_idr": pack.price_idr, "pack_name": pack.name}
    if intent.repeated:
        left = CreditOrder.objects.filter(
            user_id=user.pk, pack=pack, checkout_session="", closed_at__isnull=True, **agreed
        )
        if order := left.order_by("-pk").first():
            return order
    return CreditOrder.objects.create(user_id=user.pk, pack=pack, created_at=now, **agreed)
