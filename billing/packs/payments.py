"""Settlement of payments for credits: one grant, and its reversal by refunds and disputes.

The outcome does not depend on which events arrive or in which order. It is computed from Stripe's
current payment: credits were granted if it succeeded, and `floor(credits · lost / amount)` of them
are reversed, where `lost` is the amount that refunds and disputes took.
"""

from datetime import datetime

from django.db import transaction

from billing import ledger, locks, queries
from billing.customers import services as customers
from billing.debts import services as debts
from billing.invoices import sync as invoices
from billing.mails import outbox
from billing.models import CreditOrder
from billing.stripe import fetch_sequence, gateway, money
from billing.stripe.types import RemotePayment


class Mismatch(Exception):
    """A payment that differs from its order; nothing is granted until an operator has looked at
    it.
    """


def refresh(*, payment_intent: str, now: datetime) -> CreditOrder | None:
    """Bring the order of a payment to Stripe's current state; None for other payments, whose
    returned amount is stored with their invoice.

    Raises `Mismatch` and the gateway's errors.
    """
    sequence = fetch_sequence.draw()
    remote = gateway.payment(payment_intent)
    if remote.order is None:
        invoices.note_lost(remote, sequence=sequence)
        return None
    return apply(remote, sequence=sequence, now=now)


@transaction.atomic
def apply(remote: RemotePayment, *, sequence: int, now: datetime) -> CreditOrder:
    """Grant and reverse what is still missing; repeating it is harmless. Raises `Mismatch`."""
    _check(remote)
    # Locks are taken in the order account, then order.
    account_id = _lock_account(remote)
    order = CreditOrder.objects.select_for_update().get(public_id=remote.order)
    if order.sequence >= sequence:
        return order
    if remote.status == "succeeded" and order.paid_at is None:
        _grant(order, remote, now)
    if account_id is not None and order.payment_intent == remote.id:
        _reverse(order, remote, account_id, now)
        debts.collect_from(account_id=account_id, now=now)
    order.sequence = sequence
    order.save()
    return order


def _check(remote: RemotePayment) -> None:
    order = CreditOrder.objects.filter(public_id=remote.order).first()
    if order is None:
        raise Mismatch(f"there is no order {remote.order}")
    if not customers.is_of(remote.customer, user_id=order.user_id):
        raise Mismatch(f"customer {remote.customer} did not place {remote.order}")
    if order.payment_intent not in ("", remote.id):
        raise Mismatch(f"{remote.order} was paid by {order.payment_intent} before")


def _lock_account(remote: RemotePayment) -> int | None:
    """Lock the account that the credits belong to: the user's, or the one that received them before
    the user was deleted.

    None when no account received them, and none ever will.
    """
    user_id = CreditOrder.objects.values_list("user_id", flat=True).get(public_id=remote.order)
    if user_id is None:
        account_id = queries.granted_to(key=_grant_key(remote))
        return locks.account_by_id(account_id=account_id).pk if account_id else None
    locks.open_account(user_id=user_id)
    account = locks.account(user_id=user_id)
    return account.pk if account else None


def _grant(order: CreditOrder, remote: RemotePayment, now: datetime) -> None:
    agreed = (money.CURRENCY, money.to_stripe(order.amount_idr))
    if (remote.currency, remote.received) != agreed:
        raise Mismatch(
            f"{order.public_id} costs {agreed[1]} {agreed[0]}, "
            f"but {remote.received} {remote.currency} were paid"
        )
    if order.user_id is None or customers.user_has_left(order.user_id):
        _close_ownerless(order, remote, now)
        return
    ledger.grant(
        user_id=order.user_id,
        credits=order.credits,
        key=_grant_key(remote),
        reason=f"Bought: {order.pack_name}",
        reference=order.public_id,
    )
    order.payment_intent = remote.id
    order.paid_at = order.closed_at = now
    outbox.credits_receipt(order=order, now=now)


def _close_ownerless(order: CreditOrder, remote: RemotePayment, now: datetime) -> None:
    """Close the order of a deleted user as to be returned: nobody can use the credits, so an
    operator has to refund the money.
    """
    if remote.lost < remote.received:
        raise Mismatch(f"{order.public_id} was paid after its user was deleted: refund {remote.id}")
    order.closed_at = now


def _reverse(order: CreditOrder, remote: RemotePayment, account_id: int, now: datetime) -> None:
    lost = min(order.amount_idr, money.to_rupiah(remote.lost))
    target = order.credits * lost // order.amount_idr
    change = target - order.reversed
    if change:
        order.revision += 1
    key = f"{remote.id}:{order.revision}"
    if change > 0:
        reason = f"Payment returned: {order.pack_name}"
        debts.take_back(
            account_id=account_id,
            credits=change,
            key=f"reversal:{key}",
            reason=reason,
            reference=order.public_id,
            now=now,
        )
    elif change < 0:
        reason = f"Payment kept after all: {order.pack_name}"
        ledger.correct(
            account_id=account_id,
            credits=-change,
            key=f"reinstated:{key}",
            reason=reason,
            reference=order.public_id,
        )
    order.lost_idr, order.reversed = lost, target


def _grant_key(remote: RemotePayment) -> str:
    return f"payment:{remote.id}"
