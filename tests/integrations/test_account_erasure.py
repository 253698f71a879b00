"""The erasure of an account with data in every app leaves no personal data."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Erasure, User
from accounts.services import erasure
from batches.models import Batch
from batches.uploads import services as uploads
from batches.uploads.services import Announced
from billing import ledger
from billing.models import Account, CreditOrder, Entry, Hold, Invoice, StripeEvent, Subscription
from billing.webhooks import processor
from common import storage
from common.mail import delivery as mail_delivery
from common.models import RateLimitOverride
from integrations.compat.removebg import contributions
from integrations.models import Process, Repeat
from integrations.webhooks import secrets
from removal import services as singles
from removal.intake import RemovalRequest, Upload
from removal.models import Job
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.batches import factories as batches
from tests.billing.stripe.conftest import _sound, pack, stripe, stripe_server
from tests.billing.stripe.world import (
    all_events,
    checkout,
    customer_of,
    deliver,
    deliver_all,
    events_of,
    subscribe,
)
from tests.integrations.webhooks.factories import delivery, endpoint
from tests.removal.conftest import media
from tests.removal.factories import photo
from tests.stripe_server import StripeServer

__all__ = ["_sound", "media", "pack", "stripe", "stripe_server"]

pytestmark = pytest.mark.django_db

# Marks in every place that could identify the person.
MARK = "markerperson"
# The ledger, the jobs without their files, and the erasure itself stay.
STAYS = {
    "billing.account",
    "billing.customer",
    "billing.subscription",
    "billing.invoice",
    "billing.creditorder",
    "billing.quotaday",
    "removal.job",
    "batches.batch",
    "accounts.erasure",
    "admin.logentry",
}
GOES = {
    "accounts.apikey",
    "accounts.knownnetwork",
    "accounts.loginsession",
    "batches.upload",
    "billing.billingmail",
    "billing.subscriptionpage",
    "common.outgoingmail",
    "common.ratelimitoverride",
    "integrations.contribution",
    "integrations.delivery",
    "removal.preset",
    "integrations.endpoint",
    "integrations.event",
    "integrations.eventcounter",
    "accounts.dataexport",
    "common.mailpreference",
    "integrations.partnerrequest",
    "integrations.process",
    "integrations.repeat",
    "integrations.signingsecret",
    "otp_static.staticdevice",
    "otp_totp.totpdevice",
    "accounts.user_groups",
    "accounts.user_user_permissions",
}


@pytest.fixture
def person(db: None) -> User:
    user = UserFactory(email=f"{MARK}@example.com")
    ledger.grant(user_id=user.pk, credits=1000, key="gift", reason="Gift")
    return user


@pytest.fixture
def api(person: User) -> Client:
    return Client(headers={"authorization": bearer(person)})


@pytest.fixture
def stranger(media: Path) -> Job:
    return single(UserFactory(email="stranger@example.com"), "theirs.jpg")


def single(user: User, name: str, **wanted: Any) -> Job:
    if not Account.objects.filter(user=user).exists():
        ledger.grant(user_id=user.pk, credits=100, key=f"g:{user.pk}", reason="Gift")
    asked = RemovalRequest(
        image=Upload(io.BytesIO(photo()), name), tier="basic", fields={}, **wanted
    )
    return singles.submit(user=user, request=asked, now=timezone.now())


@pytest.fixture
def everything(api: Client, person: User, stripe: StripeServer, pack: Any) -> None:
    """One object of each kind, some of them in progress."""
    assert subscribe(api, "starter").status_code == 201
    api.headers = {"Idempotency-Key": MARK}
    page = checkout(api).json()["data"]
    stripe.pay(page["checkoutUrl"])
    deliver_all(events_of(stripe, person))
    assert any(MARK in str(event.payload) for event in StripeEvent.objects.all())
    checkout(api)
    work(person)
    rest(person)


def work(person: User) -> None:
    address = f"https://{MARK}.example/hook"
    Repeat.objects.create(user=person, digest=MARK, seen_at=timezone.now())
    Process.objects.create(user=person, job_id=MARK, created_at=timezone.now())
    single(person, f"{MARK}.jpg", webhook_url=address)
    singles.cancel(
        user_id=person.pk,
        job_id=single(person, f"{MARK}.jpg", webhook_url=address).public_id,
        now=timezone.now(),
    )
    hook: dict[str, Any] = {"name": MARK, "webhook_url": address}
    batches.ended(person, **hook)
    batches.claimed(batches.started(person, **hook))
    batches.worked(batches.started(person, **hook))
    [upload] = uploads.announce(
        user=person, files=[Announced(f"{MARK}.jpg", "image/jpeg", 4)], now=timezone.now()
    )
    storage.put(upload.key, io.BytesIO(b"1234"), content_type="image/jpeg")
    contributions.keep(
        user=person,
        image=Upload(io.BytesIO(photo()), f"{MARK}.jpg"),
        filename="",
        tag=MARK,
        now=timezone.now(),
    )


def rest(person: User) -> None:
    api_key_for(person, name=MARK)
    delivery(person, url=f"https://{MARK}.example/hook")
    made = endpoint(person, url=f"https://{MARK}.example/hook", description=MARK).endpoint
    delivery(person, endpoint=made, url=made.url)
    secrets.valid(user_id=person.pk, now=timezone.now())
    RateLimitOverride.objects.create(
        user=person, policy="single", limit=1, window_s=1, burst=1, reason=MARK
    )
    LogEntry.objects.create(
        user=person,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=str(person),
        action_flag=CHANGE,
    )


def erase(person: User) -> None:
    answer = Client(headers={"authorization": bearer(person)}).post(
        "/v1/auth/me/erase", {"password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 202


def rounds() -> None:
    now = timezone.now()
    for moment in (now, now + timedelta(hours=2), now + timedelta(hours=27)):
        erasure.run(clock=lambda moment=moment: moment)  # type: ignore[misc]
        mail_delivery.send_due()


def tables_with(mark: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = f'SELECT count(*) FROM "{table}" x WHERE x::text ILIKE %s'  # noqa: S608
            cursor.execute(rows, [f"%{mark}%"])
            if cursor.fetchone()[0]:
                yield table


def files(media: Path) -> list[str]:
    return [str(path) for path in media.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("everything")
def test_no_personal_data_is_left(person: User, media: Path, stranger: Job) -> None:
    assert set(tables_with(MARK)) > {"accounts_user", "billing_stripeevent", "removal_job"}
    erase(person)
    rounds()
    row = Erasure.objects.get()
    assert (row.rounds, row.last_error) == (3, "")
    assert row.finished_at
    assert list(tables_with(MARK)) == []
    [left] = files(media)
    assert left.endswith(stranger.original_key)
    assert Job.objects.get(pk=stranger.pk).status == "queued"


@pytest.mark.usefixtures("everything")
def test_the_ledger_stays_and_all_holds_are_closed_once(person: User) -> None:
    before = list(Entry.objects.order_by("pk").values_list("pk", "delta_available"))
    erase(person)
    rounds()
    after = list(Entry.objects.order_by("pk").values_list("pk", "delta_available"))
    assert after[: len(before)] == before
    account = Account.objects.get(user=person)
    assert account.held == 0
    assert not Hold.objects.filter(status="open").exists()
    assert Invoice.objects.filter(user=person).count() == 2
    assert not Batch.objects.exclude(status__in=["completed", "cancelled"]).exists()
    assert not Job.objects.filter(user=person, status__in=["queued", "processing"]).exists()


@pytest.mark.usefixtures("everything")
def test_the_customer_is_deleted_at_stripe_and_not_charged(
    person: User, stripe: StripeServer
) -> None:
    customer = customer_of(person)
    erase(person)
    rounds()
    api = stripe.client().v1
    assert api.customers.retrieve(customer).to_dict(for_json=True)["deleted"] is True
    row = Subscription.objects.get(user=person)
    assert row.status == api.subscriptions.retrieve(row.stripe_id).status == "canceled"
    pages = CreditOrder.objects.filter(paid_at=None).values_list("checkout_session", flat=True)
    assert [api.checkout.sessions.retrieve(page).status for page in pages] == ["expired"]


@pytest.mark.usefixtures("everything")
def test_later_events_are_processed_and_stored_without_personal_data(
    person: User, stripe: StripeServer
) -> None:
    order = CreditOrder.objects.get(paid_at__isnull=False)
    erase(person)
    rounds()
    api = stripe.client().v1
    charge = api.charges.list({"payment_intent": order.payment_intent}).data[0]
    stripe.dispute(charge.id)
    deliver_all(all_events(stripe))
    order.refresh_from_db()
    assert order.reversed == order.credits
    [dispute] = api.disputes.list({"payment_intent": order.payment_intent}).data
    stripe.decide(dispute.id, won=True)
    deliver_all(all_events(stripe))
    order.refresh_from_db()
    assert order.reversed == 0
    assert list(tables_with(MARK)) == []


@pytest.mark.usefixtures("everything")
def test_a_later_refund_is_taken_back(person: User, stripe: StripeServer) -> None:
    order = CreditOrder.objects.get(paid_at__isnull=False)
    erase(person)
    rounds()
    before = ledger.balance(user_id=person.pk).available
    stripe.client().v1.refunds.create({"payment_intent": order.payment_intent, "amount": 500_000})
    deliver_all(all_events(stripe))
    assert before - ledger.balance(user_id=person.pk).available == order.credits // 2
    assert list(tables_with(MARK)) == []


@pytest.mark.usefixtures("everything")
def test_a_payment_after_the_erasure_is_to_be_returned(
    api: Client, person: User, stripe: StripeServer
) -> None:
    api.headers = {"Idempotency-Key": "the last"}
    page = checkout(api).json()["data"]
    stripe.pay(page["checkoutUrl"])
    erase(person)
    rounds()
    before = ledger.balance(user_id=person.pk)
    for event in all_events(stripe):
        deliver(event)
    processor.run()
    failed = StripeEvent.objects.filter(status="failed")
    assert {event.object_type for event in failed} >= {"checkout.session", "payment_intent"}
    assert all("refund pi_" in event.last_error for event in failed)
    assert ledger.balance(user_id=person.pk) == before
    [payment] = {event.last_error.rsplit(" ", 1)[-1] for event in failed}
    stripe.client().v1.refunds.create({"payment_intent": payment})
    [returned] = [event for event in all_events(stripe) if event["type"] == "charge.refunded"]
    deliver(returned)
    processor.run()
    assert StripeEvent.objects.get(stripe_id=returned["id"]).status == "done"
    assert CreditOrder.objects.get(public_id=page["orderId"]).closed_at
    assert ledger.balance(user_id=person.pk) == before


def test_a_detached_card_is_stored_without_its_holder(
    api: Client, person: User, stripe: StripeServer
) -> None:
    assert subscribe(api, "starter").status_code == 201
    detached = card_taken_off(customer_of(person))
    deliver({**detached, "id": "evt_before"})
    assert "billing_stripeevent" in set(tables_with(MARK))
    erase(person)
    rounds()
    deliver({**detached, "id": "evt_after"})
    assert StripeEvent.objects.filter(payload__redacted=True, object_id="pm_1").count() == 2
    assert list(tables_with(MARK)) == []


def card_taken_off(customer: str) -> dict[str, Any]:
    card = {"id": "pm_1", "object": "payment_method", "customer": None}
    return {
        "object": "event",
        "type": "payment_method.detached",
        "created": int(timezone.now().timestamp()),
        "data": {
            "object": {**card, "billing_details": {"name": MARK}},
            "previous_attributes": {"customer": customer},
        },
    }


def test_a_file_that_cannot_be_deleted_is_retried(
    person: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads.announce(user=person, files=[Announced("a.jpg", "image/jpeg", 4)], now=timezone.now())
    erase(person)
    monkeypatch.setattr(storage, "delete", refuse)
    now = timezone.now()
    assert erasure.run(clock=lambda: now) == 1
    row = Erasure.objects.get()
    assert (row.rounds, row.last_error) == (0, "batches.account_erasure.erase: OSError")
    assert row.available_at == now + erasure.FIRST_WAIT


def refuse(key: str) -> None:
    raise OSError("the storage is unavailable")


@pytest.mark.usefixtures("everything")
def test_an_unavailable_stripe_is_retried(person: User, settings: Any, media: Path) -> None:
    there, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    erase(person)
    now = timezone.now()
    erasure.run(clock=lambda: now)
    row = Erasure.objects.get()
    assert (row.rounds, row.last_error) == (0, "billing.account_erasure.erase: StripeUnavailable")
    assert files(media) == []
    assert "accounts_user" not in set(tables_with(MARK))
    settings.STRIPE_API_BASE = there
    erasure.run(clock=lambda: now + timedelta(minutes=2))
    row.refresh_from_db()
    assert (row.rounds, row.last_error) == (1, "")


@pytest.mark.usefixtures("everything")
def test_every_relation_to_a_user_is_erased_or_kept_by_decision(person: User) -> None:
    """A new model that references users is erased by its app, or listed here as kept."""
    erase(person)
    rounds()
    relations = [
        relation
        for relation in User._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    ]
    labels = {relation.related_model._meta.label_lower: relation for relation in relations}  # type: ignore[union-attr]
    assert set(labels) == STAYS | GOES
    for label in GOES:
        relation: Any = labels[label]
        rows = relation.related_model._base_manager.filter(**{relation.field.name: person})
        assert not rows.exists(), label
