"""Operators read the ledger and adjust it for a stated reason; the pages allow no other change."""

import re
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from billing import ledger
from billing.debts import services as debts
from billing.models import Account, Entry, Hold
from common.models import OperatorAction
from tests.accounts.factories import UserFactory
from tests.billing.factories import account_of, hold_for, user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    user = user_with(10)
    hold_for(user, 4, "job_7")
    return account_of(user)


@pytest.fixture
def operator() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def site(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def adjust_url(account: Account) -> str:
    return reverse("admin:billing_account_adjust", args=[account.pk])


def form(credits: object = 5, reason: str = "Goodwill", key: object = None) -> dict[str, str]:
    return {"credits": str(credits), "reason": reason, "key": str(key or uuid4())}


def available(account: Account) -> int:
    account.refresh_from_db()
    return account.available


@pytest.mark.parametrize("model", ["account", "entry", "hold"])
def test_lists_can_be_read_and_searched(site: Client, account: Account, model: str) -> None:
    url = reverse(f"admin:billing_{model}_changelist")
    page = site.get(url, {"q": account.public_id})
    assert page.status_code == 200
    assert account.public_id in page.content.decode()


@pytest.mark.parametrize("model", [Account, Entry, Hold])
def test_rows_can_be_looked_at(
    site: Client, account: Account, model: type[Account | Entry | Hold]
) -> None:
    row = model.objects.order_by("pk").first()
    assert row is not None
    url = reverse(f"admin:billing_{model._meta.model_name}_change", args=[row.pk])
    page = site.get(url)
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


@pytest.mark.parametrize("model", [Account, Entry, Hold])
@pytest.mark.parametrize("action", ["change", "delete"])
def test_rows_cannot_be_changed_or_removed(
    site: Client, account: Account, model: type[Account | Entry | Hold], action: str
) -> None:
    row = model.objects.order_by("pk").first()
    assert row is not None
    url = reverse(f"admin:billing_{model._meta.model_name}_{action}", args=[row.pk])
    assert site.post(url, {"post": "yes"}).status_code == 403
    assert site.get(reverse(f"admin:billing_{model._meta.model_name}_add")).status_code == 403


def test_the_account_offers_the_adjustment(site: Client, account: Account) -> None:
    page = site.get(reverse("admin:billing_account_change", args=[account.pk]))
    assert adjust_url(account) in page.content.decode()


def test_the_form_shows_the_balance(site: Client, account: Account) -> None:
    page = site.get(adjust_url(account)).content.decode()
    assert "has 6 credits available and 4 set aside" in page


@pytest.mark.parametrize(("credits", "left"), [(5, 11), (-6, 0)])
def test_an_adjustment_records_operator_and_reason(
    site: Client, account: Account, operator: User, credits: int, left: int
) -> None:
    answer = site.post(adjust_url(account), form(credits))
    assert answer.status_code == 302
    assert available(account) == left
    entry = Entry.objects.get(kind="adjust", account=account)
    assert (entry.delta_available, entry.actor_id) == (credits, operator.pk)
    assert entry.reason == "Goodwill"


def test_an_adjustment_is_in_the_operators_log(site: Client, account: Account) -> None:
    site.post(adjust_url(account), form(5))
    assert LogEntry.objects.get().change_message == "Adjusted by +5 credits: Goodwill"


def test_the_permanent_log_has_the_reason(site: Client, account: Account, operator: User) -> None:
    assert account.user is not None
    site.post(adjust_url(account), form(5))
    line = OperatorAction.objects.get()
    assert (line.operator, line.object_id) == (operator.public_id, account.user.public_id)
    assert (line.before["available"], line.after["available"]) == (6, 11)
    assert line.reason == "Goodwill"


def test_debts_are_paid_from_given_credits(site: Client, account: Account) -> None:
    debts.take_back(
        account_id=account.pk,
        credits=9,
        key="refund:1",
        reason="Refund",
        reference="order_1",
        now=timezone.now(),
    )
    site.post(adjust_url(account), form(5))
    assert available(account) == 2
    assert OperatorAction.objects.get().after["available"] == 2


def test_a_form_without_its_key_says_so(site: Client, account: Account) -> None:
    page = site.post(adjust_url(account), {**form(5), "key": "none"}).content.decode()
    assert "Enter a valid UUID" in page
    assert available(account) == 6


def test_a_form_sent_twice_adjusts_once(site: Client, account: Account) -> None:
    key = uuid4()
    for _ in range(2):
        site.post(adjust_url(account), form(5, key=key))
    assert available(account) == 11
    assert OperatorAction.objects.count() == 1


def test_a_form_changed_and_sent_again_is_refused(site: Client, account: Account) -> None:
    key = uuid4()
    site.post(adjust_url(account), form(5, key=key))
    page = site.post(adjust_url(account), form(6, key=key))
    assert "already belongs to another" in page.content.decode()
    assert available(account) == 11


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (form(5, reason=" "), "This field is required"),
        (form(0), "changes nothing"),
        (form("five"), "Enter a whole number"),
        (form(10**9), "less than or equal to"),
        (form(-7), "7 credits cannot be taken; the user has 6 available"),
    ],
)
def test_a_bad_adjustment_changes_nothing(
    site: Client, account: Account, fields: dict[str, str], complaint: str
) -> None:
    page = site.post(adjust_url(account), fields)
    assert page.status_code == 200
    assert complaint in page.content.decode()
    assert available(account) == 6


def test_staff_without_the_permission_cannot_adjust(client: Client, account: Account) -> None:
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_account"))
    client.force_login(viewer)
    page = client.get(reverse("admin:billing_account_change", args=[account.pk]))
    assert adjust_url(account) not in page.content.decode()
    assert client.post(adjust_url(account), form(5)).status_code == 403
    assert available(account) == 6


def test_customers_cannot_adjust(client: Client, account: Account) -> None:
    assert account.user is not None
    client.force_login(account.user)
    answer = client.post(adjust_url(account), form(500))
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]
    assert available(account) == 6


def test_an_erased_users_account_cannot_be_adjusted(site: Client, account: Account) -> None:
    assert account.user is not None
    account.user.delete()
    assert site.post(adjust_url(account), form(5)).status_code == 404


def test_an_unknown_account_is_not_found(site: Client) -> None:
    assert site.get(reverse("admin:billing_account_adjust", args=[99999])).status_code == 404


def test_the_actor_stays_readable_after_the_operator_is_deleted(
    site: Client, account: Account, operator: User
) -> None:
    site.post(adjust_url(account), form(5))
    operator_id = operator.pk
    operator.delete()
    assert Entry.objects.get(kind="adjust", account=account).actor_id == operator_id
    assert account.user_id is not None
    assert ledger.balance(user_id=account.user_id).available == 11


# The table covers 100 days, with 5,000 holds and an entry each; every fiftieth is an adjustment.
_LONG = (
    """INSERT INTO billing_hold (account_id, key, reference, amount, captured, released, status,
                                 created_at)
       SELECT %(account)s, 'job:' || i, 'job_' || i, 1, 0, 0, 'open',
              timestamptz '2025-01-01Z' + i * interval '29 min'
         FROM generate_series(1, 5000) i""",
    """INSERT INTO billing_entry (public_id, account_id, sequence, kind, key, delta_available,
                                  delta_held, available_after, held_after, hold_id, reference,
                                  reason, created_at)
       SELECT 'txn_' || id, account_id, 1000 + row_number() OVER (ORDER BY id),
              CASE WHEN id %% 50 = 0 THEN 'adjust' ELSE 'hold' END, key, -1,
              CASE WHEN id %% 50 = 0 THEN 0 ELSE 1 END, 0, 0,
              CASE WHEN id %% 50 = 0 THEN NULL ELSE id END, '', 'x', created_at
         FROM billing_hold WHERE key LIKE 'job:%%'""",
)


def plans(site: Client, model: str, **query: str) -> str:
    """The query plans of a list's page."""
    table = f'FROM "billing_{model}"'
    with CaptureQueriesContext(connection) as captured:
        assert site.get(reverse(f"admin:billing_{model}_changelist"), query).status_code == 200
    asked = [query["sql"] for query in captured if table in query["sql"]]
    assert asked
    with connection.cursor() as cursor:
        lines = []
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            lines += [line for (line,) in cursor.fetchall()]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("model", "query", "by"),
    [
        ("entry", {"created_on": "2025-02-20"}, "Index.* billing_entry_by_creation"),
        ("hold", {"created_on": "2025-02-20"}, "Index.* billing_hold_by_creation"),
        ("entry", {"kind": "adjust"}, "Index.* billing_entry_without_hold"),
        ("entry", {"q": "job:77"}, "Index Cond: .*kind.*key"),
    ],
)
def test_a_long_ledger_is_never_read_as_a_whole(
    site: Client, account: Account, model: str, query: dict[str, str], by: str
) -> None:
    with connection.cursor() as cursor:
        for step in _LONG:
            cursor.execute(step, {"account": account.pk})
    found = plans(site, model, **query)
    assert f"Seq Scan on billing_{model}" not in found
    assert re.search(by, found)


@pytest.mark.parametrize("model", ["account", "entry"])
def test_lists_name_the_customer(site: Client, account: Account, model: str) -> None:
    page = site.get(reverse(f"admin:billing_{model}_changelist")).content.decode()
    assert account.user is not None
    assert f">{account.user.email}</a>" in page
