"""Subscribing on a page of Stripe's, for browsers: the card and the bank's question stay there.

At most one page of a user is open, so that nobody subscribes twice.
"""

from contextlib import suppress
from datetime import datetime

from billing import catalogue
from billing.customers import services as customers
from billing.models import SubscriptionPage
from billing.packs.services import ReturnPages
from billing.plans import PLANS, PlanName
from billing.stripe import gateway, idempotent_calls
from billing.stripe.errors import StripeRefused
from billing.stripe.idempotent_calls import Intent
from billing.subscriptions import queries, sync
from billing.subscriptions.errors import AlreadySubscribed
from common.users import UserRef


def open_page(*, user: UserRef, plan: str, back: ReturnPages, now: datetime) -> SubscriptionPage:
    """Open a page on which the user subscribes to a plan; one that was open before is closed.

    Raises `AlreadySubscribed` and `StripeConflict` (409) and `StripeUnavailable` (503).
    """
    wanted = PLANS[PlanName(plan)]
    with idempotent_calls.intent(
        subject=customers.subject(user),
        action="subscription-page",
        body={"plan": plan, "success": back.success, "cancel": back.cancel},
        now=now,
    ) as intent:
        close(user=user, intent=intent)
        # The closed page may have been paid a moment before.
        sync.refresh_all(user_id=user.pk, now=now)
        if current := queries.current(user_id=user.pk):
            raise AlreadySubscribed(current.plan, cancelling=current.cancel_at_period_end)
        customer = customers.ensure(user=user, intent=intent, now=now)
        price = catalogue.sync(catalogue.of_plan(wanted))
        remote = gateway.create_subscription_page(
            customer_id=customer.id,
            price_id=price.price_id,
            user=user.public_id,
            success_url=back.success,
            cancel_url=back.cancel,
            key=intent.key_for("page"),
        )
        page, _ = SubscriptionPage.objects.update_or_create(
            user_id=user.pk,
            defaults={"session": remote.id, "url": remote.url or "", "created_at": now},
        )
        return page


def close(*, user: UserRef, intent: Intent) -> None:
    """Expire the user's open page, if there is one. Raises `StripeUnavailable` (503)."""
    page = SubscriptionPage.objects.filter(user_id=user.pk).first()
    if page is None:
        return
    # A page that was paid or has expired needs no closing.
    with suppress(StripeRefused):
        gateway.expire_checkout(session_id=page.session, key=intent.key_for(f"x-{page.session}"))
    page.delete()
