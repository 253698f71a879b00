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
    """The subject that serialises a user's calls to Stripe."""
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
    """The user of a customer; None for a customer that we do not know."""
    if not customer_id:
        return None
    row = Customer.objects.filter(stripe_id=customer_id)
    return row.values_list("user_id", flat=True).first()


def is_of(customer_id: str | None, *, user_id: int | None) -> bool:
    """Return whether the customer belongs to the user; without a user, whether its user was
    deleted.
    """
    if not customer_id:
        return False
    whose = {"user_id": user_id} if user_id is not None else {"user__isnull": True}
    return Customer.objects.filter(stripe_id=customer_id, **whose).exists()


def is_deleted(customer_id: str) -> bool:
    """Return whether the customer was deleted at Stripe."""
    return Customer.objects.filter(stripe_id=customer_id, deleted_at__isnull=False).exists()


def has_left(customer_id: str) -> bool:
    """Return whether the account of this customer's user was erased or deleted."""
    gone = Q(deleted_at__isnull=False) | Q(user__isnull=True)
    return Customer.objects.filter(gone, stripe_id=customer_id).exists()


def user_has_left(user_id: int | None) -> bool:
    """Return whether the account of the user was erased; None stands for a deleted user."""
    deleted = Customer.objects.filter(user_id=user_id or 0, deleted_at__isnull=False)
    return user_id is None or deleted.exists()


def ensure(*, user: UserRef, intent: Intent, now: datetime) -> RemoteCustomer:
    """Return the user's customer, created when there is none, or none any more, at Stripe.

    Raises the gateway's errors.
    """
    customer_id = known(user_id=user.pk)
    if customer_id and (found := _at_stripe(customer_id)):
        return found
    # Under the first customer's key Stripe would answer with the deleted customer.
    step = f"customer-{customer_id}" if customer_id else "customer"
    created = gateway.create_customer(
        email=user.email, user=user.public_id, key=intent.key_for(step)
    )
    _remember(user.pk, created.id, now)
    return created


def attach(*, customer_id: str, card_id: str, intent: Intent) -> RemoteCard:
    """Attach a card to the customer, so that it can be charged.

    Raises `PaymentFailed` when the card does not work and `StripeRefused` for one that does not
    exist or belongs to another customer.
    """
    try:
        return gateway.attach_card(
            card_id=card_id, customer_id=customer_id, key=intent.key_for("attach")
        )
    except StripeRefused as refusal:
        # The error names the caller's field, not Stripe's.
        raise type(refusal)(
            refusal.message, code=refusal.reason, field="paymentMethodId"
        ) from refusal


def choose(*, customer_id: str, card_id: str, intent: Intent) -> None:
    """Make the card the default for all payments that name no other."""
    gateway.choose_card(card_id=card_id, customer_id=customer_id, key=intent.key_for("choose"))


def prefer(*, customer_id: str, card_id: str, intent: Intent) -> None:
    """Like `choose`, but a failure is ignored, because the main operation has succeeded already."""
    with suppress(StripeUnavailable, StripeRefused):
        choose(customer_id=customer_id, card_id=card_id, intent=intent)


def set_default_card(*, user: UserRef, card_id: str, now: datetime) -> RemoteCard:
    """Make a card the default. Raises the errors of `attach` and of the gateway."""
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
    """The card that is charged by default, or None. Raises the gateway's errors."""
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

    Raises `NotFound` for a user who never paid, or whose customer no longer exists at Stripe.
    """
    customer_id = known(user_id=user_id)
    if customer_id is None or _at_stripe(customer_id) is None:
        raise NotFound("You have no payments to manage yet", details={"reason": "no_customer"})
    return gateway.portal_url(customer_id=customer_id, return_url=return_url)


def _at_stripe(customer_id: str) -> RemoteCustomer | None:
    """The customer at Stripe; None when it was deleted, or belongs to another Stripe account or
    mode.
    """
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
        logger.warning(
            "Stripe no longer has the customer of a user; created %s instead", customer_id
        )
