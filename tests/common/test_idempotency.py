import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone

from common.http.idempotency import store
from common.http.idempotency.views import IdempotencyRecord
from common.tasks import purge_idempotency
from tests.accounts.factories import UserFactory, bearer
from tests.common.http import JSON, error
from tests.common.urls import Pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def runs() -> Iterator[list[str | None]]:
    Pay.runs.clear()
    yield Pay.runs
    Pay.runs.clear()


@pytest.fixture
def auth() -> str:
    return bearer(UserFactory())


def pay(auth: str, body: Any = None, key: str | None = "key-1", path: str = "/pay") -> Any:
    headers = {"Authorization": auth, **({} if key is None else {"Idempotency-Key": key})}
    client = Client(raise_request_exception=False)
    data = body if isinstance(body, str) else json.dumps(body or {})
    return client.post(path, data, content_type=JSON, headers=headers)


def send_form(auth: str, image: bytes, boundary: str, **fields: str) -> Any:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    body = b"".join(parts) + head.encode() + image + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Authorization": auth, "Idempotency-Key": "key-1"}
    content_type = f"multipart/form-data; boundary={boundary}"
    return Client().post("/pay", body, content_type=content_type, headers=headers)


class TestReplay:
    def test_the_same_request_gets_the_first_answer_again(self, auth: str, runs: list[Any]) -> None:
        first, second = pay(auth, {"a": 1}), pay(auth, {"a": 1})
        assert (second.status_code, second.content) == (201, first.content)
        assert second.headers["Content-Type"] == first.headers["Content-Type"] == JSON
        assert second.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        assert runs == ["key-1"]

    def test_a_replay_has_a_request_id_of_its_own(self, auth: str) -> None:
        first, second = pay(auth), pay(auth)
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    def test_a_refusal_is_an_answer_too(self, auth: str, runs: list[Any]) -> None:
        first, second = pay(auth, {"outcome": "conflict"}), pay(auth, {"outcome": "conflict"})
        assert first.status_code == second.status_code == 409
        assert first.content == second.content
        assert len(runs) == 1

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [("busy", 503), ("limited", 429), ("crash", 500), ("under way", 409)],
    )
    def test_a_temporary_refusal_is_not_kept(
        self, auth: str, runs: list[Any], outcome: str, status: int
    ) -> None:
        assert pay(auth, {"outcome": outcome}).status_code == status
        assert not IdempotencyRecord.objects.exists()
        assert pay(auth, {"outcome": outcome}).status_code == status
        assert len(runs) == 2

    def test_without_a_key_every_request_runs(self, auth: str, runs: list[Any]) -> None:
        pay(auth, key=None)
        pay(auth, key=None)
        assert runs == [None, None]

    def test_a_body_that_does_not_parse_does_not_use_the_key_up(self, auth: str) -> None:
        assert pay(auth, '{"a": ').status_code == 400
        assert pay(auth, {"a": 1}).status_code == 201


class TestScope:
    def test_a_key_belongs_to_one_user(self, auth: str, runs: list[Any]) -> None:
        pay(auth)
        assert pay(bearer(UserFactory())).status_code == 201
        assert len(runs) == 2

    def test_another_body_is_refused(self, auth: str, runs: list[Any]) -> None:
        pay(auth, {"a": 1})
        response = pay(auth, {"a": 2})
        assert response.status_code == 409
        assert error(response)["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert len(runs) == 1

    @pytest.mark.parametrize("path", ["/pay/acc_2", "/pay?x=1"])
    def test_another_path_or_query_is_another_request(self, auth: str, path: str) -> None:
        pay(auth, path="/pay")
        assert error(pay(auth, path=path))["code"] == "IDEMPOTENCY_KEY_REUSED"

    def test_white_space_and_order_make_no_difference(self, auth: str, runs: list[Any]) -> None:
        pay(auth, '{"a": 1, "b": [2, 3]}')
        assert pay(auth, '{ "b":[2,3],\n"a":1 }').status_code == 201
        assert len(runs) == 1

    def test_the_boundary_and_order_of_a_form_make_no_difference(
        self, auth: str, runs: list[Any]
    ) -> None:
        send_form(auth, b"\xff\xd8 image", "one", tier="basic", format="png")
        again = send_form(auth, b"\xff\xd8 image", "another", format="png", tier="basic")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert len(runs) == 1

    def test_another_image_is_another_request(self, auth: str) -> None:
        send_form(auth, b"image 1", "one", tier="basic")
        response = send_form(auth, b"image 2", "one", tier="basic")
        assert error(response)["code"] == "IDEMPOTENCY_KEY_REUSED"

    @pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\tb"])
    def test_a_malformed_key_is_refused(self, auth: str, key: str, runs: list[Any]) -> None:
        response = pay(auth, key=key)
        assert (response.status_code, error(response)["code"]) == (400, "INVALID_INPUT")
        assert runs == []

    def test_an_anonymous_caller_is_told_to_log_in(self) -> None:
        response = Client().post("/pay", {}, headers={"Idempotency-Key": "k"})
        assert response.status_code == 401
        assert not IdempotencyRecord.objects.exists()


def test_the_file_is_whole_again_for_the_view(rf: Any) -> None:
    from common.http.idempotency.views import _content

    file = SimpleUploadedFile("a.jpg", b"image")
    _content(file)
    assert file.read() == b"image"


class TestUnfinished:
    def claimed(self, auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process that died after its work and before it stored the answer."""

        def die(*args: Any) -> None:
            raise DatabaseError("gone")

        with monkeypatch.context() as patch:
            patch.setattr(store, "store", die)
            assert pay(auth).status_code == 201

    def test_it_blocks_the_same_request(self, auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.claimed(auth, monkeypatch)
        response = pay(auth)
        assert (response.status_code, error(response)["code"]) == (409, "REQUEST_IN_PROGRESS")
        assert response.headers["Retry-After"] == "1"

    def test_it_unlocks_when_the_lock_has_expired(
        self, auth: str, monkeypatch: pytest.MonkeyPatch, runs: list[Any]
    ) -> None:
        self.claimed(auth, monkeypatch)
        IdempotencyRecord.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
        assert pay(auth).status_code == 201
        assert pay(auth).headers["Idempotency-Replayed"] == "true"
        assert len(runs) == 2

    def test_the_lock_outlives_the_longest_request(
        self, auth: str, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.SINGLE_TIMEOUT_S = 100
        self.claimed(auth, monkeypatch)
        record = IdempotencyRecord.objects.get()
        assert record.locked_until - record.created_at == timedelta(seconds=160)

    def test_one_that_was_taken_over_cannot_store_its_answer(self) -> None:
        now = timezone.now()
        request: Any = {"owner": "u", "endpoint": "e", "key": "k", "fingerprint": "f"}
        old = store.claim(**request, now=now)
        new = store.claim(**request, now=now + timedelta(hours=1))
        assert isinstance(old, store.Claim)
        assert isinstance(new, store.Claim)
        store.store(old, store.Answer(200, "old", JSON))
        store.abandon(old)
        store.store(new, store.Answer(200, "new", JSON))
        assert store.claim(**request, now=now) == store.Answer(200, "new", JSON)


@pytest.mark.django_db(transaction=True)
def test_20_parallel_requests_with_one_key_execute_once(auth: str, runs: list[Any]) -> None:
    def send(_: int) -> Any:
        try:
            return pay(auth, {"outcome": "slow"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(send, range(20)))
    assert len(runs) == 1
    executed = [r for r in responses if r.status_code == 201]
    refused = [r for r in responses if r.status_code == 409]
    assert len(executed) + len(refused) == 20
    assert len({r.content for r in executed}) == 1
    assert all(error(r)["code"] == "REQUEST_IN_PROGRESS" for r in refused)


class TestPurge:
    def record(self, age: timedelta, *, status: int | None, lock: timedelta) -> None:
        now = timezone.now()
        claim = store.claim(
            owner=f"u{age}{status}", endpoint="e", key="k", fingerprint="f", now=now
        )
        assert isinstance(claim, store.Claim)
        IdempotencyRecord.objects.filter(pk=claim.record_id).update(
            created_at=now - age, status=status, locked_until=now + lock
        )

    def test_records_go_after_a_day(self) -> None:
        self.record(timedelta(hours=25), status=201, lock=timedelta(hours=-24))
        self.record(timedelta(hours=25), status=None, lock=timedelta(hours=-24))
        self.record(timedelta(hours=23), status=201, lock=timedelta(hours=-22))
        purge_idempotency(a_later_argument=True)
        assert IdempotencyRecord.objects.count() == 1

    def test_a_running_request_stays(self) -> None:
        self.record(timedelta(hours=25), status=None, lock=timedelta(minutes=1))
        purge_idempotency()
        assert IdempotencyRecord.objects.count() == 1

    def test_the_answers_of_one_owner_can_be_erased(self, auth: str) -> None:
        pay(auth)
        record = IdempotencyRecord.objects.get()
        assert record.owner.startswith("user_")
        store.forget(owner=record.owner)
        assert not IdempotencyRecord.objects.exists()
