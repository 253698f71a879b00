"""The end states of a subscription."""

from sandbox.stripe.store import Object
from sandbox.stripe.world import World, clock_of

ENDED = frozenset({"canceled", "incomplete_expired"})


def end(world: World, subscription: Object, *, reason: str) -> None:
    """Cancel a subscription now. Emits `customer.subscription.deleted`."""
    now = world.now(clock_of(world, subscription))
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
    )
    subscription["cancellation_details"]["reason"] = reason
    _stop_collecting(world, subscription)
    world.emit("customer.subscription.deleted", subscription)


def expire(world: World, subscription: Object) -> None:
    """Expire a subscription whose first payment was not made in time. Emits
    `customer.subscription.updated`.
    """
    with world.changing("customer.subscription.updated", subscription):
        subscription.update(
            status="incomplete_expired", ended_at=world.now(clock_of(world, subscription))
        )


def after_retries(world: World, subscription: Object) -> None:
    """Apply the setting for subscriptions whose every payment attempt has failed."""
    policy = world.settings.after_retries
    if policy == "cancel":
        end(world, subscription, reason="payment_failed")
        return
    status = "unpaid" if policy == "unpaid" else "past_due"
    with world.changing("customer.subscription.updated", subscription):
        subscription["status"] = status


def _stop_collecting(world: World, subscription: Object) -> None:
    for invoice in world.store.select(
        "invoice", parent__subscription_details__subscription=subscription["id"]
    ):
        if invoice["status"] in ("draft", "open"):
            invoice.update(
                auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None
            )
