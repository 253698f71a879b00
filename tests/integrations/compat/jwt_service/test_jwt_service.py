"""GET /health/, POST /auth/token, POST /api/remove-background and GET /metrics/."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import services as accounts
from accounts.models import ApiKey, User
from billing import ledger
from billing.audit import audit
from common import maintenance
from common.http.auth import Scope
from removal import runner
from removal.models import Job
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.integrations.compat.calls import client_of, content, error_text, picture, post
from tests.removal.factories import NOW, blank, customer, photo, uploaded, working

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/remove-background"
SHARED = "your-super-secret-key-change-in-production-abc123xyz789"


def holder(credential: str) -> Client:
    return Client(headers={"authorization": f"Bearer {credential}"})


def token_of(client: Client, user_id: str = "jahid12345") -> str:
    answer = client.post(f"/auth/token?user_id={user_id}")
    assert answer.status_code == 200, content(answer)
    body = answer.json()
    assert set(body) == {"access_token", "token_type"}
    assert body["token_type"] == "bearer"
    token: str = body["access_token"]
    return token


@pytest.fixture
def api(owner: User) -> Client:
    return holder(token_of(holder(api_key_for(owner))))


def removed(client: Client, **fields: Any) -> Any:
    return post(client, URL, {"file": uploaded(), **fields})


class TestHealth:
    def test_a_key_as_bearer_sees_it(self, owner: User) -> None:
        answer = holder(api_key_for(owner)).get("/health/")
        assert (answer.status_code, answer.json()["status"]) == (200, "healthy")

    def test_the_key_of_the_installation_does_too(self, settings: Settings) -> None:
        settings.COMPAT_KEYS = [SHARED]
        assert holder(SHARED).get("/health/").status_code == 200

    @pytest.mark.parametrize(
        ("client", "text"), [(Client(), "Unauthorized"), (holder("wrong"), "Invalid token")]
    )
    def test_without_one(self, client: Client, text: str) -> None:
        answer = client.get("/health/")
        assert (answer.status_code, error_text(answer, "detail")) == (401, text)


class TestToken:
    def test_it_stands_for_the_keys_owner(self, api: Client, owner: User) -> None:
        assert picture(removed(api)).mode == "RGBA"
        assert Job.objects.get().user == owner
        assert api.get("/metrics/").json()["user_id"] == "jahid12345"

    def test_it_ends_with_its_key(self, api: Client, owner: User) -> None:
        [key] = ApiKey.objects.all()
        accounts.revoke_api_key(user=owner, key_id=key.public_id, now=timezone.now())
        answer = removed(api)
        assert (answer.status_code, error_text(answer, "detail")) == (401, "Invalid token")

    def test_it_ends_by_itself(self, owner: User, settings: Settings) -> None:
        settings.KEY_TOKEN_LIFETIME = timedelta(seconds=-1)
        answer = removed(holder(token_of(client_of(owner))))
        assert (answer.status_code, error_text(answer, "detail")) == (401, "Invalid token")

    def test_it_can_do_no_more_than_the_key(self, owner: User) -> None:
        client = holder(token_of(holder(api_key_for(owner, {Scope.REMOVAL_READ}))))
        assert client.get("/metrics/").status_code == 200
        answer = removed(client)
        assert (answer.status_code, "scope" in error_text(answer, "detail")) == (403, True)

    def test_the_native_api_does_not_take_it(self, api: Client) -> None:
        assert api.get("/v1/auth/me").status_code == 401

    def test_a_login_cannot_make_one(self, owner: User) -> None:
        client = Client(headers={"authorization": bearer(owner)})
        answer = client.post("/auth/token?user_id=x")
        assert (answer.status_code, error_text(answer, "detail")) == (401, "Unauthorized")

    @pytest.mark.parametrize("query", ["", "?user_id=", "?user_id=%20"])
    def test_the_user_has_to_be_named(self, owner: User, query: str) -> None:
        answer = client_of(owner).post(f"/auth/token{query}")
        assert answer.status_code == 422
        (problem,) = error_text(answer, "detail")
        assert (problem["type"], problem["loc"]) == ("missing", ["query", "user_id"])

    def test_without_a_key(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = False
        answer = Client().post("/auth/token?user_id=x")
        assert (answer.status_code, error_text(answer, "detail")) == (401, "Unauthorized")


class TestSharedAccount:
    def test_on_this_machine_a_token_needs_no_key(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        token = token_of(Client())
        assert picture(removed(holder(token))).mode == "RGBA"
        job = Job.objects.get()
        assert (job.tier, job.price) == ("basic", 0)
        assert audit(now=NOW).breaches == ()
        elsewhere = Client(REMOTE_ADDR="9.9.9.9", headers={"authorization": f"Bearer {token}"})
        assert removed(elsewhere).status_code == 401
        settings.COMPAT_ANONYMOUS = False
        assert removed(holder(token)).status_code == 401

    def test_a_token_of_the_installations_key_ends_with_it(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS, settings.COMPAT_KEYS = False, [SHARED]
        there = {"REMOTE_ADDR": "9.9.9.9"}
        token = token_of(Client(headers={"x-api-key": SHARED}, **there))  # type: ignore[arg-type]
        client = Client(headers={"authorization": f"Bearer {token}"}, **there)  # type: ignore[arg-type]
        assert removed(client).headers["X-Credits-Charged"] == "0"
        settings.COMPAT_KEYS = ["another"]
        assert removed(client).status_code == 401


class TestRemoving:
    @pytest.mark.parametrize(
        ("name", "content_type"),
        [
            ("PNG", "image/png"),
            ("", "image/png"),
            ("JPG", "image/jpeg"),
            ("jpeg", "image/jpeg"),
            ("webp", "image/webp"),
        ],
    )
    def test_formats(self, api: Client, owner: User, name: str, content_type: str) -> None:
        answer = removed(api, output_format=name)
        picture(answer, content_type)
        assert answer.headers["X-Credits-Charged"] == "8"
        assert ledger.balance(user_id=owner.pk).available == 92

    def test_the_mask_is_binary_at_the_models_size(self, api: Client, owner: User) -> None:
        size = (2 * 320, 2 * 320)
        soft = post(client_of(owner), "/api/remove", {"file": uploaded(photo(size))})
        hard = removed(api, file=uploaded(photo(size)))
        shares = []
        for answer in (soft, hard):
            alpha = np.array(picture(answer).getchannel("A"))
            shares.append(np.mean((alpha > 16) & (alpha < 239)))
        assert Job.objects.first().options["binary_mask"]  # type: ignore[union-attr]
        assert 0 < shares[1] < shares[0]

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"file": ""}, 422),
            ({"file": "text"}, 422),
            ({"output_format": "gif"}, 422),
            ({"file": uploaded(b"")}, 400),
            ({"file": uploaded(b"no picture")}, 400),
            ({"file": uploaded(blank())}, 400),
        ],
    )
    def test_refusals_cost_nothing(
        self, api: Client, owner: User, fields: dict[str, Any], status: int
    ) -> None:
        answer = removed(api, **fields)
        assert answer.status_code == status
        assert isinstance(error_text(answer, "detail"), list) == (status == 422)
        assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)

    def test_without_a_token(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = False
        for client, text in ((Client(), "Unauthorized"), (holder("a.b.c"), "Invalid token")):
            answer = removed(client)
            assert (answer.status_code, error_text(answer, "detail")) == (401, text)

    def test_a_file_that_is_too_large(self, api: Client, settings: Settings) -> None:
        settings.MAX_IMAGE_BYTES = 500
        assert removed(api).status_code == 413

    def test_without_credits_and_in_maintenance(self, api: Client) -> None:
        poor = holder(token_of(client_of(UserFactory())))
        assert (removed(poor).status_code, bool(error_text(removed(poor), "detail"))) == (402, True)
        maintenance.begin(message="", by=UserFactory(is_staff=True), now=NOW)
        answer = removed(api)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)

    def test_a_failure_of_ours(self, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runner, "cut_out", lambda *_, **__: 1 / 0)
        answer = removed(api)
        assert (answer.status_code, bool(error_text(answer, "detail"))) == (503, True)

    def test_a_request_without_an_answer_is_joined(self, api: Client, owner: User) -> None:
        with working():
            api.post(URL, {"file": uploaded()}).close()
        removed(api)
        assert ledger.balance(user_id=owner.pk).available == 92


class TestMetrics:
    def test_they_are_the_owners(self, api: Client) -> None:
        removed(api)
        removed(api, file=uploaded(blank()))
        removed(client_of(customer()))
        body = api.get("/metrics/").json()
        times = {body.pop("average_processing_time"), body.pop("p95_processing_time")}
        assert len(times) == 1
        assert 0 < times.pop() < 60
        assert body == {
            "total_requests": 2,
            "successful_requests": 1,
            "failed_requests": 1,
            "credits_used": 8,
            "credits_available": 92,
            "user_id": "jahid12345",
        }

    def test_before_the_first_request(self, api: Client) -> None:
        body = api.get("/metrics/").json()
        assert (body["total_requests"], body["p95_processing_time"]) == (0, 0.0)

    def test_without_a_token(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = False
        answer = Client().get("/metrics/")
        assert (answer.status_code, error_text(answer, "detail")) == (401, "Unauthorized")

    def test_the_other_address_is_for_prometheus(self, api: Client) -> None:
        assert api.get("/metrics").status_code in (401, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/auth/token"), ("GET", URL), ("DELETE", "/metrics/"), ("POST", "/health/")],
)
def test_other_methods_speak_its_format(owner: User, method: str, path: str) -> None:
    answer = client_of(owner).generic(method, path)
    assert (answer.status_code, error_text(answer, "detail")) == (405, "Method Not Allowed")


def test_other_paths_and_types_speak_its_format(api: Client) -> None:
    assert error_text(api.get(f"{URL}/x"), "detail") == "Not Found"
    answer = api.post(URL, "{}", content_type="application/json")
    assert (answer.status_code, bool(error_text(answer, "detail"))) == (415, True)
