"""`POST /background-remover/integrations/avatar-creator/batch`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from batches.models import Batch
from billing import ledger
from integrations.models import Partner, PartnerRequest
from tests.integrations.partners.conftest import connected, misbehaving
from tests.removal.factories import customer, photo
from tests.removal.server import Reply, Seen

pytestmark = pytest.mark.django_db
BAD_GATEWAY = (502, "PARTNER_FAILED")
URL = "/v1/background-remover/integrations/avatar-creator/batch"
Connect = Callable[..., Partner]


def post(api: Client, project: str = "proj_abc123", tier: str = "professional", **more: Any) -> Any:
    return api.post(
        URL, {"projectId": project, "tier": tier, **more}, content_type="application/json"
    )


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def rich(owner: User) -> User:
    ledger.grant(user_id=owner.pk, credits=1000, key="test:rich", reason="for the test")
    return owner


def test_twelve_avatars_cost_162_credits_without_a_volume_discount(
    api: Client, rich: User, connect: Connect
) -> None:
    connect("avatar-creator", discount_percentage=10)
    answer = post(api)
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    batch_id = data.pop("batchId")
    assert data == {
        "projectId": "proj_abc123",
        "totalAvatars": 12,
        "totalCredits": 162,
        "discountPercentage": 0,
    }
    assert ledger.balance(user_id=rich.pk).held == 162
    noted = PartnerRequest.objects.get(subject=batch_id)
    assert (noted.reference, noted.items[0], len(noted.items)) == (
        "proj_abc123",
        "proj_abc123-avatar-1",
        12,
    )


def test_the_batch_belongs_to_its_caller_alone(
    api: Client, stranger: Client, staff: Client, rich: User, connect: Connect
) -> None:
    connect("avatar-creator")
    url = f"/v1/background-remover/batch/{post(api).json()['data']['batchId']}"
    assert api.get(url).status_code == 200
    assert (stranger.get(url).status_code, staff.get(url).status_code) == (404, 404)


def test_the_partner_learns_for_whom_it_is_asked(api: Client, owner: User) -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Reply:
        seen.append(request)
        return Reply(404)

    with misbehaving("avatar-creator", answer):
        assert refused(post(api, project="a/b ?c")) == (404, "NOT_FOUND")
    assert seen[0].path == "/projects/a%2Fb%20%3Fc/avatars"
    assert seen[0].headers["x-lumiku-user"] == owner.public_id
    assert seen[0].headers["authorization"] == "Bearer token-of-the-partner"


def test_the_token_goes_to_no_other_host(api: Client, rich: User) -> None:
    elsewhere: list[Seen] = []

    def picture(request: Seen) -> Reply:
        elsewhere.append(request)
        return Reply(200, photo(), "image/jpeg")

    with misbehaving("pose-generator", picture) as cdn:
        listed = [{"id": n, "imageUrl": f"{cdn.url}/{n}.jpg"} for n in (1, 2)]
        with misbehaving("avatar-creator", lambda _: Reply(200, json.dumps(listed).encode())):
            assert post(api).status_code == 201
    assert len(elsewhere) == 2
    assert not any("authorization" in request.headers for request in elsewhere)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>", (502, "PARTNER_FAILED")),
        (b"{}", (502, "PARTNER_FAILED")),
        (b"[1, 2]", (502, "PARTNER_FAILED")),
        (b'[{"id": "a"}, {"id": "b"}]', (502, "PARTNER_FAILED")),
        (b'[{"imageUrl": "x"}, {"imageUrl": "y"}]', (502, "PARTNER_FAILED")),
        (b"[" * 100_000, (502, "PARTNER_FAILED")),
        (b" " * 2_000_000, (502, "PARTNER_FAILED")),
        (rb'[{"id": "a\u0000", "imageUrl": "x"}, {"id": "b", "imageUrl": "y"}]', BAD_GATEWAY),
        (rb'[{"id": "\ud800", "imageUrl": "x"}, {"id": "b", "imageUrl": "y"}]', BAD_GATEWAY),
        (b'[{"id": "a", "imageUrl": "http://["}, {"id": "b", "imageUrl": "y"}]', BAD_GATEWAY),
        (b"[]", (400, "INVALID_INPUT")),
    ],
)
def test_garbage_is_a_typed_error_and_costs_nothing(
    api: Client, owner: User, body: bytes, expected: tuple[int, str]
) -> None:
    with misbehaving("avatar-creator", lambda _: Reply(200, body)):
        assert refused(post(api)) == expected
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert not Batch.objects.exists()


def test_names_of_any_characters_are_accepted(api: Client, rich: User) -> None:
    """Also a backslash before text that looks like an escaped NUL, and one in an address."""
    body = rb'[{"id": "a\\u0000", "imageUrl": "/a%00.jpg"}, {"id": "b", "imageUrl": "/b.jpg"}]'

    def answer(request: Seen) -> Reply:
        is_list = request.path.endswith("/avatars")
        return Reply(200, body) if is_list else Reply(200, photo(), "image/jpeg")

    with misbehaving("avatar-creator", answer):
        assert post(api).status_code == 201
    assert PartnerRequest.objects.get().items == ["a\\u0000", "b"]


def test_one_image_or_501_are_no_batch(api: Client, rich: User, connect: Connect) -> None:
    connect("avatar-creator")
    assert refused(post(api, project="proj_single")) == (400, "INVALID_INPUT")
    assert refused(post(api, project="proj_crowd")) == (400, "BATCH_TOO_LARGE")


def test_an_image_that_leads_inward_is_a_failed_item_and_is_not_fetched(
    api: Client, rich: User
) -> None:
    listed = [
        {"id": "a", "imageUrl": "/a.jpg"},
        {"id": "b", "imageUrl": "/b.jpg"},
        {"id": "c", "imageUrl": "http://169.254.169.254/latest/meta-data/"},
        {"id": "d", "imageUrl": "file:///etc/passwd"},
    ]

    def answer(request: Seen) -> Reply:
        if request.path.endswith("/avatars"):
            return Reply(200, json.dumps(listed).encode())
        return Reply(200, photo(), "image/jpeg")

    with misbehaving("avatar-creator", answer):
        data = post(api, tier="basic").json()["data"]
    assert (data["totalAvatars"], data["totalCredits"]) == (4, 6)
    items = api.get(f"/v1/background-remover/batch/{data['batchId']}/items").json()["data"]["items"]
    assert [item["status"] for item in items] == ["queued", "queued", "failed", "failed"]
    assert "not allowed" in items[2]["error"]["message"]


def images(*broken: str) -> bytes:
    """A list of three images, of which those that are named have another host or path."""
    paths = ["/a.jpg", "/b.jpg", *(broken or ["/c.jpg"])]
    return json.dumps([{"id": path, "imageUrl": path} for path in paths]).encode()


def test_a_partner_that_stops_answering_after_some_images_costs_nothing(
    api: Client, rich: User
) -> None:
    def answer(request: Seen) -> Reply:
        if request.path.endswith("/avatars"):
            return Reply(200, images())
        if request.path == "/c.jpg":
            raise ConnectionResetError
        return Reply(200, photo(), "image/jpeg")

    with misbehaving("avatar-creator", answer):
        assert refused(post(api)) == (503, "PARTNER_UNAVAILABLE")
    assert not Batch.objects.exists()
    assert ledger.balance(user_id=rich.pk).held == 0


@pytest.mark.parametrize("broken", ["/c.jpg", "http://127.0.0.1:1/c.jpg"])
def test_one_image_with_an_error_or_on_a_dead_host_is_a_failed_item(
    broken: str, api: Client, rich: User
) -> None:
    def answer(request: Seen) -> Reply:
        if request.path.endswith("/avatars"):
            return Reply(200, images(broken))
        return Reply(500) if request.path == "/c.jpg" else Reply(200, photo(), "image/jpeg")

    with misbehaving("avatar-creator", answer):
        data = post(api, tier="basic").json()["data"]
    assert (data["totalAvatars"], data["totalCredits"]) == (3, 6)


def test_a_private_network_is_closed_unless_the_operator_opens_it(
    api: Client, rich: User, connect: Connect
) -> None:
    connect("avatar-creator", allow_private=False)
    assert refused(post(api)) == (502, "PARTNER_FAILED")


def test_a_partner_that_is_away_is_not_asked_for_a_while(api: Client, owner: User) -> None:
    asked: list[Seen] = []

    def broken(request: Seen) -> Reply:
        asked.append(request)
        return Reply(500)

    with misbehaving("avatar-creator", broken):
        answers = [post(api, project=f"p{number}") for number in range(7)]
    limited = [answer for answer in answers if answer.status_code != 429]
    assert {refused(answer) for answer in limited} == {(503, "PARTNER_UNAVAILABLE")}
    assert len(asked) <= 5
    assert limited[0].headers["Retry-After"]


def test_a_slow_partner_meets_the_deadline(api: Client, settings: Any) -> None:
    settings.PARTNER_TIMEOUT_S = 1
    from threading import Event

    released = Event()

    def slow(_: Seen) -> Reply:
        released.wait(30)
        return Reply(200, b"[]")

    with misbehaving("avatar-creator", slow):
        try:
            assert refused(post(api)) == (503, "PARTNER_UNAVAILABLE")
        finally:
            released.set()


def test_a_partner_that_is_not_connected_is_a_404(api: Client, connect: Connect) -> None:
    assert refused(post(api)) == (404, "NOT_FOUND")
    partner = connect("avatar-creator")
    partner.active = False
    partner.save()
    assert refused(post(api)) == (404, "NOT_FOUND")


def test_too_few_credits_hold_nothing(owner: User, connect: Connect, media: Path) -> None:
    from tests.removal.conftest import client_of

    connect("avatar-creator")
    poor = customer(credits=10)
    assert refused(post(client_of(poor))) == (402, "INSUFFICIENT_CREDITS")
    assert not PartnerRequest.objects.exists()
    assert not list(media.rglob("*.jpg"))


def test_the_same_key_starts_one_batch(api: Client, rich: User, connect: Connect) -> None:
    connect("avatar-creator")
    headers = {"Idempotency-Key": "k1"}
    first, second = (
        api.post(
            URL,
            {"projectId": "p", "tier": "basic"},
            content_type="application/json",
            headers=headers,
        )
        for _ in range(2)
    )
    assert first.json()["data"] == second.json()["data"]
    assert Batch.objects.count() == PartnerRequest.objects.count() == 1


def test_login_is_needed(connect: Connect) -> None:
    connect("avatar-creator")
    assert post(Client()).status_code == 401


@pytest.mark.parametrize(
    "body", [{"tier": "basic"}, {"projectId": "x" * 201, "tier": "basic"}, {"projectId": "x"}]
)
def test_a_bad_body_is_a_400(api: Client, body: dict[str, str]) -> None:
    assert api.post(URL, body, content_type="application/json").status_code == 400


def test_a_dead_partner_is_typed(api: Client, db: None) -> None:
    connected("avatar-creator", "http://127.0.0.1:9")
    assert refused(post(api)) == (503, "PARTNER_UNAVAILABLE")
