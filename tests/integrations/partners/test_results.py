"""Results that are posted back to a partner, signed with its secret."""

from collections.abc import Callable

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from batches.models import Batch
from batches.signals import batch_closed
from common.encryption import encrypt
from integrations import account_export
from integrations.models import Delivery, Partner, PartnerRequest
from integrations.webhooks import sender
from removal import services
from sandbox import partner as sandbox
from tests.batches.factories import zipped
from tests.batches.working import worked
from tests.integrations.webhooks.factories import delivery
from tests.removal.factories import working
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)
POSE = "/v1/background-remover/integrations/pose-generator/auto-remove"
AVATARS = "/v1/background-remover/integrations/avatar-creator/batch"


def removed(api: Client) -> str:
    with working():
        answer = api.post(
            POSE, {"generatedImageId": "pose_1", "tier": "basic"}, content_type="application/json"
        )
    assert answer.status_code == 200, answer.content
    job_id: str = answer.json()["data"]["jobId"]
    return job_id


def deliver() -> None:
    sender.deliver_due(clock=timezone.now, for_s=20)


def test_the_result_of_a_single_is_posted_back_signed(
    api: Client, owner: User, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    connect("pose-generator")
    job_id = removed(api)
    deliver()
    (found,) = app.state.received
    assert found["verified"]
    assert found["body"]["type"] == "job.completed"
    data = found["body"]["data"]
    assert data["reference"] == "pose_1"
    (item,) = data["items"]
    assert (item["id"], item["jobId"], item["status"]) == ("pose_1", job_id, "completed")
    assert item["resultUrl"].startswith("http")


def test_a_batch_names_each_image_as_the_partner_does(
    api: Client, owner: User, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    connect("avatar-creator")
    api.post(AVATARS, {"projectId": "p", "tier": "basic"}, content_type="application/json")
    batch = zipped(worked(Batch.objects.get()))
    for _ in range(2):
        batch_closed.send(sender=Batch, batch_id=batch.pk)
    deliver()
    (found,) = app.state.received
    items = found["body"]["data"]["items"]
    assert [item["id"] for item in items][:2] == ["p-avatar-1", "p-avatar-2"]
    assert len(items) == 12


def test_a_partner_that_is_away_gets_it_later(
    api: Client, owner: User, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    partner = connect("pose-generator")
    removed(api)
    Partner.objects.filter(pk=partner.pk).update(base_url="http://127.0.0.1:9")
    deliver()
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == ("pending", 1)
    assert row.available_at > timezone.now()


def test_a_result_that_waits_goes_to_the_address_that_the_partner_has_by_then(
    api: Client, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    partner = connect("pose-generator")
    job_id = removed(api)
    Delivery.objects.update(url="http://127.0.0.1:9/results")
    deliver()
    (found,) = app.state.received
    assert found["body"]["data"]["jobId"] == job_id
    assert Delivery.objects.get().url == partner.results_url


@override_settings(FETCH_ALLOW_PRIVATE=True)
def test_a_customer_and_a_partner_with_one_address_both_get_theirs(
    api: Client, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    partner = connect("avatar-creator")
    fields = {"projectId": "p", "tier": "basic", "webhookUrl": partner.results_url}
    assert api.post(AVATARS, fields, content_type="application/json").status_code == 201
    batch = zipped(worked(Batch.objects.get()))
    batch_closed.send(sender=Batch, batch_id=batch.pk)
    deliver()
    told = Delivery.objects.values_list("event", "partner_id", "url")
    assert set(told) == {
        ("batch.completed", receiver, partner.results_url) for receiver in (None, partner.pk)
    }
    # The customer's is signed with the customer's secret, which the partner does not know.
    assert sum(one["verified"] for one in app.state.received) == 1


def test_customers_do_not_see_what_a_partner_is_told(
    api: Client, connect: Callable[..., Partner]
) -> None:
    connect("pose-generator")
    removed(api)
    listed = api.get("/v1/webhooks/deliveries").json()["data"]["deliveries"]
    assert listed == []
    assert Delivery.objects.count() == 1


def test_without_a_secret_nothing_is_posted(api: Client, connect: Callable[..., Partner]) -> None:
    Partner.objects.filter(pk=connect("pose-generator").pk).update(sealed_webhook_secret="")
    removed(api)
    assert not Delivery.objects.exists()


def test_a_partner_that_was_disconnected_gets_nothing_any_more(
    api: Client, connect: Callable[..., Partner], app: sandbox.Server
) -> None:
    connect("pose-generator")
    removed(api)
    Partner.objects.update(active=False)
    deliver()
    assert app.state.received == []
    assert Delivery.objects.get().last_error == "The partner is not connected"


@override_settings(FETCH_ALLOW_PRIVATE=True)
@pytest.mark.parametrize("secret", ["", "whsec_abc", "whsec_ä"])
def test_a_secret_that_cannot_sign_fails_its_own_delivery_only(
    api: Client,
    owner: User,
    connect: Callable[..., Partner],
    app: sandbox.Server,
    secret: str,
) -> None:
    partner = connect("pose-generator")
    removed(api)
    Partner.objects.filter(pk=partner.pk).update(sealed_webhook_secret=encrypt(secret))
    with serving(lambda _: Reply(204)) as receiver:
        other = delivery(owner, url=receiver.url)
        deliver()
    other.refresh_from_db()
    assert other.status == "delivered"
    assert app.state.received == []
    assert "secret" in Delivery.objects.get(partner=partner).last_error


def test_customers_can_neither_send_it_again_nor_export_it(
    api: Client, owner: User, connect: Callable[..., Partner]
) -> None:
    connect("pose-generator")
    removed(api)
    row = Delivery.objects.get()
    assert api.post(f"/v1/webhooks/deliveries/{row.public_id}/replay").status_code == 404
    exported = b"".join(chunk for file in account_export.files(user=owner) for chunk in file.chunks)
    assert row.public_id.encode() not in exported


def test_erasing_the_job_forgets_the_request(
    api: Client, owner: User, connect: Callable[..., Partner]
) -> None:
    connect("pose-generator")
    services.erase(user_id=owner.pk, job_id=removed(api), now=timezone.now())
    assert not PartnerRequest.objects.exists()
    assert not Delivery.objects.exists()
