"""Types that the gateway returns: Stripe's objects, reduced to what this app needs.

Moments are aware UTC. Amounts are hundredths of `currency` as at Stripe, rupiah included:
`billing.stripe.money` converts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RemoteCustomer:
    """A customer; `user` is our id of its user. A `deleted` customer cannot be changed."""

    id: str
    user: str
    default_payment_method: str | None
    deleted: bool = False


@dataclass(frozen=True)
class RemoteCard:
    """A payment method; the card's fields are blank for other kinds."""

    id: str
    customer: str | None
    kind: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True)
class RemotePrice:
    """A price; `interval` is None for one that is paid once."""

    id: str
    product: str
    currency: str
    unit_amount: int
    interval: str | None
    lookup_key: str | None
    active: bool


@dataclass(frozen=True)
class RemoteInvoice:
    """An invoice. `order` is our credit order, from the metadata; `subscription` is Stripe's id.

    `reason` says why it was created; `subscription_cycle` stands for another month.
    """

    id: str
    customer: str | None
    subscription: str | None
    payment_intent: str | None
    order: str | None
    number: str
    description: str
    status: str
    reason: str
    currency: str
    amount_due: int
    amount_paid: int
    attempts: int
    attempted: bool
    hosted_url: str
    pdf_url: str
    client_secret: str | None
    created_at: datetime
    period_start: datetime
    period_end: datetime
    paid_at: datetime | None

    @property
    def is_payable(self) -> bool:
        """Return whether Stripe's page for the invoice still accepts a payment."""
        return self.status in ("open", "uncollectible")


@dataclass(frozen=True)
class RemoteSubscription:
    """A subscription. `pending_update` says that a plan change waits for its payment,
    `ends_on_date` that it was cancelled by a date instead of the flag.
    """

    id: str
    customer: str
    status: str
    item: str
    price: RemotePrice
    plan: str | None
    cancel_at_period_end: bool
    ends_on_date: bool
    started_at: datetime
    period_start: datetime
    period_end: datetime
    ended_at: datetime | None
    pending_update: bool
    card: str | None
    latest_invoice: RemoteInvoice | None


@dataclass(frozen=True)
class RemotePayment:
    """A payment intent with its refunds and disputes.

    `lost` is what a refund or a dispute has taken, or is about to take, out of `received`.
    """

    id: str
    status: str
    customer: str | None
    order: str | None
    currency: str
    received: int
    lost: int
    client_secret: str | None
    error_code: str | None
    decline_code: str | None
    error_message: str | None


@dataclass(frozen=True)
class RemoteCheckout:
    """A hosted payment page; `order` is our credit order."""

    id: str
    url: str | None
    status: str
    payment_status: str
    payment_intent: str | None
    order: str | None


@dataclass(frozen=True)
class RemoteEvent:
    """An event and the object that it is about."""

    id: str
    type: str
    created_at: datetime
    object_type: str
    object_id: str
    payload: Mapping[str, object]
