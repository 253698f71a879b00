"""Plans and packs for sale, kept in step with Stripe's products and prices by lookup keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from billing.models import CreditPack
from billing.plans import PLANS, Plan
from billing.stripe import gateway, money
from billing.stripe.types import RemotePrice


class Outcome(StrEnum):
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Article:
    """An article with a price at Stripe; `plan` is set when it is billed monthly."""

    key: str
    name: str
    price_idr: int
    plan: str | None = None


@dataclass(frozen=True)
class Synced:
    """The outcome of synchronising one article."""

    article: Article
    price_id: str
    outcome: Outcome


def of_plan(plan: Plan) -> Article:
    name = f"Lumiku {plan.name.capitalize()}"
    return Article(f"lumiku_plan_{plan.name}", name, plan.monthly_price_idr, plan.name)


def of_pack(pack: CreditPack) -> Article:
    return Article(f"lumiku_pack_{pack.slug}", f"Lumiku credits: {pack.name}", pack.price_idr)


def articles() -> Iterator[Article]:
    """All plans and the packs that are on sale."""
    yield from map(of_plan, PLANS.values())
    yield from map(of_pack, CreditPack.objects.filter(active=True))


def sync(article: Article, *, clock: Callable[[], datetime] = timezone.now) -> Synced:
    """Ensure that Stripe sells the article at our price; repeating it changes nothing.

    A price at Stripe cannot change, so another amount means another price under the same lookup
    key. Concurrent calls get the same price. Raises the gateway's errors.
    """
    known = gateway.price_by_key(article.key)
    if known and _fits(known, article):
        return Synced(article, known.id, Outcome.UNCHANGED)
    # The key changes every minute, because Stripe repeats a failure for as long as it stores the
    # key.
    moment = f"{clock():%Y%m%d%H%M}"
    gateway.ensure_product(
        product_id=article.key, name=article.name, key=f"product-{article.key}-{moment}"
    )
    replaced = known.id if known else "none"
    made = gateway.create_price(
        product=article.key,
        lookup_key=article.key,
        unit_amount=money.to_stripe(article.price_idr),
        currency=money.CURRENCY,
        plan=article.plan,
        key=f"price-{article.key}-{article.price_idr}-{replaced}-{moment}",
    )
    return Synced(article, made.id, Outcome.REPLACED if known else Outcome.CREATED)


def _fits(price: RemotePrice, article: Article) -> bool:
    wanted = (money.to_stripe(article.price_idr), money.CURRENCY, "month" if article.plan else None)
    return (price.unit_amount, price.currency, price.interval) == wanted
