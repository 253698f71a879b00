"""From recorded events to numbered events and their deliveries."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from integrations.models import Delivery, Endpoint, Event
from integrations.webhooks import endpoints, recorder, relay
from tests.accounts.factories import UserFactory
from tests.integrations.webhooks.factories import endpoint, record

pytestmark = pytest.mark.django_db


def run() -> int:
    return relay.run(now=timezone.now())


def numbers(user: User) -> list[int | None]:
    return list(Event.objects.filter(user=user).order_by("pk").values_list("sequence", flat=True))


def test_events_are_numbered_in_the_order_in_which_they_were_recorded(owner: User) -> None:
    other = UserFactory()
    for user in (owner, other, owner):
        record(user)
    assert run() == 3
    record(owner)
    assert run() == 1
    assert (numbers(owner), numbers(other)) == ([1, 2, 3], [1])
    assert run() == 0


def test_an_event_that_is_reported_twice_is_recorded_once(owner: User) -> None:
    record(owner, key="same")
    recorder.record(
        user_id=owner.pk,
        event="job.completed",
        key="same",
        subject="",
        data={},
        now=timezone.now(),
    )
    assert Event.objects.count() == 1


def test_an_event_that_is_rolled_back_is_never_told(owner: User) -> None:
    endpoint(owner)
    with transaction.atomic():
        record(owner)
        transaction.set_rollback(True)
    assert run() == 0
    assert not Delivery.objects.exists()


def test_every_active_endpoint_that_has_chosen_the_event_gets_it(owner: User) -> None:
    chosen = [endpoint(owner, events=events).endpoint for events in (["*"], ["job.*"])]
    endpoint(owner, events=["batch.*"])
    endpoint(owner, active=False)
    endpoint(UserFactory())
    event = record(owner)
    run()
    deliveries = Delivery.objects.order_by("pk")
    assert [each.endpoint for each in deliveries] == chosen
    assert {each.webhook_id for each in deliveries} == {event.public_id}
    body = json.loads(deliveries[0].body)
    assert (body["id"], body["sequence"]) == (event.public_id, 1)
    assert (body["type"], body["data"]) == ("job.completed", {"jobId": "job_0"})


def test_the_address_of_the_request_is_told_besides(owner: User) -> None:
    made = endpoint(owner).endpoint
    record(owner, url="https://example.com/of-the-job")
    run()
    to_endpoint, to_address = Delivery.objects.order_by("pk")
    assert (to_endpoint.endpoint, to_address.endpoint) == (made, None)
    assert to_address.url == "https://example.com/of-the-job"


def test_what_is_erased_before_it_is_relayed_is_never_told(owner: User) -> None:
    endpoint(owner)
    event = record(owner)
    recorder.forget(user_id=owner.pk, subjects=[event.subject])
    assert run() == 0


def test_erasure_takes_events_and_deliveries_of_the_subject(owner: User) -> None:
    endpoint(owner)
    gone, stays = record(owner), record(owner)
    run()
    recorder.forget(user_id=owner.pk, subjects=[gone.subject])
    assert [each.pk for each in Event.objects.all()] == [stays.pk]
    assert Delivery.objects.get().webhook_id == stays.public_id


def test_one_account_that_cannot_be_relayed_does_not_stop_the_others(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = UserFactory()
    record(owner)
    record(other)
    real = relay.relay_some

    def failing(*, user_id: int, **rest: object) -> int:
        if user_id == owner.pk:
            raise ValueError("a bad row")
        return real(user_id=user_id, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(relay, "relay_some", failing)
    assert run() == 1
    assert (numbers(owner), numbers(other)) == ([None], [1])


@pytest.mark.django_db(transaction=True)
def test_relays_at_the_same_time_number_each_event_once(owner: User) -> None:
    endpoint(owner)
    for _ in range(40):
        record(owner)

    def one(_: int) -> int:
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(one, range(4))) == 40
    assert numbers(owner) == list(range(1, 41))
    assert Delivery.objects.count() == 40


def test_events_are_recorded_from_the_first_endpoint_on_even_while_it_is_off(owner: User) -> None:
    assert not recorder.is_wanted(user_id=owner.pk)
    assert recorder.is_wanted(user_id=owner.pk, url="https://example.com/")
    made = endpoint(owner, events=["invoice.*"], active=False).endpoint
    assert recorder.is_wanted(user_id=owner.pk)
    assert not recorder.is_awaited("invoice.paid", user_id=owner.pk)
    endpoints.change(user_id=owner.pk, public_id=made.public_id, now=timezone.now(), active=True)
    assert recorder.is_awaited("invoice.paid", user_id=owner.pk)
    assert not recorder.is_awaited("batch.progress", user_id=owner.pk)


def test_old_events_are_deleted(owner: User) -> None:
    old, new = record(owner), record(owner)
    Event.objects.filter(pk=old.pk).update(created_at=timezone.now() - recorder.KEPT * 1.01)
    assert recorder.purge(now=timezone.now()) == 1
    assert Event.objects.get().pk == new.pk


def test_deleting_an_endpoint_keeps_the_events(owner: User) -> None:
    made = endpoint(owner).endpoint
    record(owner)
    run()
    endpoints.delete(user_id=owner.pk, public_id=made.public_id)
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 0)
    assert not Endpoint.objects.exists()
