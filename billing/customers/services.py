"""A user's customer and cards at Stripe."""

import logging
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from billing.models import Customer
from billing.stripe import gateway, idempotent_calls
from billing.stripe.errors import NoSuchObject, StripeRefused, StripeUnavailable
from billing.stripe.idempotent_calls import Intent
from billing.stripe.types import RemoteCard, RemoteCustomer
from common.http.errors import NotFound
from common.users import UserRef

logger = logging.getLogger(__name__)


def subject(user: UserRef) -> str:
    """Whom calls to Stripe are serialised by."""
    return f"payer:{user.public_id}"


def known(*, user_id: int) -> str | None:
    """The user's customer at Stripe, if there is one."""
    row = Customer.objects.filter(user_id=user_id, replaced_at__isnull=True)
    return row.exclude(stripe_id="").values_list("stripe_id", flat=True).first()


def all_of(*, user_id: int) -> list[str]:
    """The user's customer and those that it has replaced."""
    rows = Customer.objects.filter(user_id=user_id).exclude(stripe_id="").order_by("pk")
    return list(rows.values_list("stripe_id", flat=True))


def user_of(customer_id: str | None) -> int | None:
    """Whose customer this is; None for one that we do not know."""
    if not customer_id:
        return None
    row = Customer.objects.filter(stripe_id=customer_id)
    return row.values_list("user_id", flat=True).first()


def is_of(customer_id: str | None, *, user_id: int | None) -> bool:
    """Whether this customer is that user's; without a user, that of somebody who was deleted."""
    if not customer_id:
        return False
    whose = {"user_id": user_id} if user_id is not None else {"user__isnull": True}
    return Customer.objects.filter(stripe_id=customer_id, **whose).exists()


def is_deleted(customer_id: str) -> bool:
    """Whether the customer was deleted at Stripe."""
    return Customer.objects.filter(stripe_id=customer_id, deleted_at__isnull=False).exists()


def has_left(customer_id: str) -> bool:
    """Whether this was the customer of somebody whose account was erased or deleted."""
    gone = Q(deleted_at__isnull=False) | Q(user__isnull=True)
    return Customer.objects.filter(gone, stripe_id=customer_id).exists()


def user_has_left(user_id: int | None) -> bool:
    """As `has_left`, by the user; None is a user who was deleted."""
    deleted = Customer.objects.filter(user_id=user_id or 0, deleted_at__isnull=False)
    return user_id is None or deleted.exists()


def ensure(*, user: UserRef, intent: Intent, now: datetime) -> RemoteCustomer:
    """The user's customer, created when there is none, or none any more, at Stripe.

    Raises as the gateway does.
    """
    customer_id = known(user_id=user.pk)
    if customer_id and (found := _at_stripe(customer_id)):
        return found
    # Under the key of the first one Stripe would answer with the one that is gone.
    step = f"customer-{customer_id}" if customer_id else "customer"
    created = gateway.create_customer(
        email=user.email, user=user.public_id, key=intent.key_for(step)
    )
    _remember(user.pk, created.id, now)
    return created


def attach(*, customer_id: str, card_id: str, intent: Intent) -> RemoteCard:
    """Let the customer pay by this card.

    Raises `PaymentFailed` when the card does not work and `StripeRefused` for one that does not
    exist or belongs to somebody else.
    """
    try:
        return gateway.attach_card(
            card_id=card_id, customer_id=customer_id, key=intent.key_for("attach")
        )
    except StripeRefused as refusal:
        # By the caller's name for it, not by Stripe's.
        raise type(refusal)(
            refusal.message, code=refusal.reason, field="paymentMethodId"
        ) from refusal


def choose(*, customer_id: str, card_id: str, intent: Intent) -> None:
    """Pay everything by this card that does not name another."""
    gateway.choose_card(card_id=card_id, customer_id=customer_id, key=intent.key_for("choose"))


def prefer(*, customer_id: str, card_id: str, intent: Intent) -> None:
    """As `choose`, at the end of something that has succeeded and must not fail by this."""
    with suppress(StripeUnavailable, StripeRefused):
        choose(customer_id=customer_id, card_id=card_id, intent=intent)


def set_default_card(*, user: UserRef, card_id: str, now: datetime) -> RemoteCard:
    """Make a card the one that everything is paid by. Raises as `attach` and the gateway."""
    with idempotent_calls.intent(
        subject=subject(user), action="card", body={"card": card_id}, now=now
    ) as intent:
        customer_id = ensure(user=user, intent=intent, now=now).id
        card = attach(customer_id=customer_id, card_id=card_id, intent=intent)
        choose(customer_id=customer_id, card_id=card.id, intent=intent)
        for running in gateway.subscriptions_of(customer_id):
            if running.ended_at is None:
                gateway.set_subscription_card(
                    subscription_id=running.id,
                    card_id=card.id,
                    key=intent.key_for(f"card-{running.id}"),
                )
        return card


def default_card(*, user_id: int) -> RemoteCard | None:
    """The card that is charged, or None. Raises as the gateway does."""
    customer_id = known(user_id=user_id)
    if customer_id is None:
        return None
    found = _at_stripe(customer_id)
    if found is None or found.default_payment_method is None:
        return None
    try:
        return gateway.card(found.default_payment_method)
    except NoSuchObject:
        return None


def portal_url(*, user_id: int, return_url: str) -> str:
    """A link to Stripe's page for cards and invoices.

    Raises `NotFound` for who never paid, or has nothing at Stripe any more.
    """
    customer_id = known(user_id=user_id)
    if customer_id is None or _at_stripe(customer_id) is None:
        raise NotFound("You have no payments to manage yet", details={"reason": "no_customer"})
    return gateway.portal_url(customer_id=customer_id, return_url=return_url)


def _at_stripe(customer_id: str) -> RemoteCustomer | None:
    """None when it was deleted there, or is of another account or mode than our key."""
    try:
        found = gateway.customer(customer_id)
    except NoSuchObject:
        return None
    return None if found.deleted else found


@transaction.atomic
def _remember(user_id: int, customer_id: str, now: datetime) -> None:
    others = Customer.objects.filter(user_id=user_id, replaced_at__isnull=True)
    replaced = others.exclude(stripe_id=customer_id).update(replaced_at=now)
    Customer.objects.get_or_create(
        stripe_id=customer_id, defaults={"user_id": user_id, "created_at": now}
    )
    if replaced:
        logger.warning("Stripe has lost a customer; %s takes its place", customer_id)
