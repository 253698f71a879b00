"""Tables of a customer's page: the latest rows of each kind, with links to the whole lists.

Each table is left out for an operator who may not see its rows elsewhere either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.timezone import localtime

from accounts import queries as accounts
from batches import queries as batches
from billing import ledger, stats
from billing import queries as money
from billing.debts import services as debts
from billing.invoices import queries as invoices
from billing.stripe.money import to_rupiah
from billing.subscriptions import queries as subscriptions
from common.http.listing import Wanted
from common.operators.display import badge, page_link, rupiah
from removal import queries as jobs

# A user, untyped, because the model of another app is not imported here.
Person = Any
LATEST = 10


class Viewer(Protocol):
    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True)
class Table:
    """A table: texts of columns and cells, each with whether it is a right-aligned number. `more`
    is the address of the whole list.
    """

    title: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[tuple[str, bool]]]
    more: str


def facts(viewer: Viewer, user: Person, *, now: datetime) -> list[tuple[str, str]]:
    """Names and values of the customer: identity, plan and balance."""
    verified = _moment(user.email_verified_at) if user.email_verified_at else "not verified"
    found = [
        ("Account", badge("active" if user.is_active else "closed or locked")),
        ("Identifier", user.public_id),
        ("Address verified", verified),
        ("Registered", _moment(user.created_at)),
        ("Last login to the pages", _moment(user.last_login)),
    ]
    if viewer.has_perm("billing.view_account"):
        found += _balance(user)
    if viewer.has_perm("billing.view_subscription"):
        found += _plan(user)
    if viewer.has_perm("adminstats.view_statistics"):
        paid = stats.paid(since=None, user_id=user.pk)
        returned = f", {rupiah(paid.returned_idr)} returned" if paid.returned_idr else ""
        found.append(("Paid so far", f"{rupiah(paid.net_idr)}{returned}"))
    return found


def tables(viewer: Viewer, user: Person, *, now: datetime) -> list[Table]:
    made = {
        "removal.view_job": _jobs,
        "batches.view_batch": _batches,
        "billing.view_invoice": _invoices,
        "billing.view_creditorder": _orders,
        "billing.view_entry": _entries,
    }
    shown = [make(user) for permission, make in made.items() if viewer.has_perm(permission)]
    return [*shown, _keys(user, now)] if viewer.has_perm("accounts.view_apikey") else shown


def _balance(user: Person) -> list[tuple[str, str]]:
    balance, owed = ledger.balance(user_id=user.pk), debts.owed(user_id=user.pk)
    available = f"{balance.available:,} credits"
    debt = [("Owed", f"{owed:,} credits")] if owed else []
    return [("Available", available), ("Held", f"{balance.held:,} credits"), *debt]


def _plan(user: Person) -> list[tuple[str, str]]:
    standing = subscriptions.standing(user_id=user.pk)
    if standing is None:
        return [("Plan", "none")]
    row = standing.subscription
    plan = page_link("billing_subscription", row.pk, row.plan.capitalize())
    until = "ends" if row.cancel_at_period_end else "renews"
    used = f"{standing.usage.used} of {standing.plan.daily_quota} images"
    return [
        ("Plan", plan),
        ("Plan's state", badge(row.status)),
        ("Price", f"{rupiah(row.monthly_price_idr)} a month, {until} {row.period_end:%Y-%m-%d}"),
        ("Used today", used),
    ]


def _jobs(user: Person) -> Table:
    rows = [
        (
            page_link("removal_job", job.pk, job.public_id),
            _moment(job.created_at),
            badge(job.status),
            job.tier,
            _number(job.credits_used),
            job.error_code,
        )
        for job in jobs.owned_jobs(user_id=user.pk, wanted=Wanted())[:LATEST]
    ]
    columns = ("Job", "Created", "Status", "Tier", "Credits", "Error")
    return _table("Jobs", columns, rows, "removal_job", user, numbers={4})


def _batches(user: Person) -> Table:
    rows = [
        (
            page_link("batches_batch", batch.pk, batch.public_id),
            _moment(batch.created_at),
            badge(batch.status),
            batch.tier,
            _number(batch.total_images),
            _number(batch.final_total),
            _number(batch.credits_used),
        )
        for batch in batches.owned_batches(user_id=user.pk, wanted=Wanted())[:LATEST]
    ]
    columns = ("Batch", "Created", "Status", "Tier", "Images", "Quoted", "Charged")
    return _table("Batches", columns, rows, "batches_batch", user, numbers={4, 5, 6})


def _invoices(user: Person) -> Table:
    rows = [
        (
            page_link("billing_invoice", row.pk, str(row)),
            _moment(row.created_at),
            badge(row.status),
            rupiah(to_rupiah(row.amount_due)),
            rupiah(to_rupiah(row.amount_paid)),
            rupiah(to_rupiah(row.amount_lost)),
        )
        for row in invoices.invoices(user_id=user.pk)[:LATEST]
    ]
    columns = ("Invoice", "Created", "Status", "Due", "Paid", "Returned")
    return _table("Invoices", columns, rows, "billing_invoice", user, numbers={3, 4, 5})


def _orders(user: Person) -> Table:
    rows = [
        (
            page_link("billing_creditorder", row.pk, row.public_id),
            _moment(row.created_at),
            badge("paid" if row.paid_at else "open"),
            _number(row.credits),
            rupiah(row.amount_idr),
            rupiah(row.lost_idr),
        )
        for row in money.orders(user_id=user.pk)[:LATEST]
    ]
    columns = ("Order", "Created", "Status", "Credits", "Price", "Returned")
    return _table(
        "Orders of credits", columns, rows, "billing_creditorder", user, numbers={3, 4, 5}
    )


def _entries(user: Person) -> Table:
    rows = [
        (
            page_link("billing_entry", row.pk, row.public_id),
            _moment(row.created_at),
            row.kind,
            f"{row.delta_available:+,}",
            f"{row.delta_held:+,}",
            _number(row.available_after),
            row.reason or row.reference,
        )
        for row in money.entries(user_id=user.pk, wanted=money.EntryFilter())[:LATEST]
    ]
    columns = ("Entry", "Written", "Kind", "Available", "Held", "Available after", "Reason")
    return _table("Ledger", columns, rows, "billing_entry", user, numbers={3, 4, 5})


def _keys(user: Person, now: datetime) -> Table:
    rows = [
        (
            page_link("accounts_apikey", key.pk, f"{key.prefix}…"),
            key.name,
            _moment(key.created_at),
            _moment(key.last_used_at),
            ", ".join(key.scopes),
        )
        for key in accounts.live_keys(user, now=now)[:LATEST]
    ]
    columns = ("Key", "Name", "Made", "Last used", "Scopes")
    return _table("API keys that work", columns, rows, "accounts_apikey", user)


def _table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    page: str,
    user: Person,
    *,
    numbers: Iterable[int] = (),
) -> Table:
    aside = set(numbers)
    return Table(
        title=title,
        columns=[(name, position in aside) for position, name in enumerate(columns)],
        rows=[[(cell, place in aside) for place, cell in enumerate(row)] for row in rows],
        more=f"{reverse(f'admin:{page}_changelist')}?{urlencode({'q': user.email})}",
    )


def _number(value: int) -> str:
    return f"{value:,}"


def _moment(value: Any) -> str:
    return f"{localtime(value):%Y-%m-%d %H:%M}" if value else "–"
