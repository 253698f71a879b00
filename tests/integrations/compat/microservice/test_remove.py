"""POST /remove-bg, as clients of the microservice call it."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from billing.audit import audit
from common import maintenance
from integrations.compat import repeats
from integrations.models import Repeat
from removal import erasure, runner, services
from removal.models import Job
from tests.accounts.factories import UserFactory
from tests.integrations.compat.calls import client_of, content, error_text, picture, post
from tests.removal.factories import NOW, blank, customer, photo, uploaded

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/remove-bg"
TYPES = "File type not allowed. Supported types: png, jpg, jpeg, webp"
DAY = timedelta(days=1)


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


def removed(client: Client, data: bytes | None = None, **kwargs: Any) -> Any:
    return post(client, URL, {"image": uploaded(data)}, **kwargs)


def spent(user: User) -> int:
    return 100 - ledger.balance(user_id=user.pk).available


def test_it_answers_with_a_png_and_says_what_may_be_sent(api: Client, owner: User) -> None:
    answer = removed(api)
    assert picture(answer).mode == "RGBA"
    assert answer.headers["X-RateLimit-Limit"] == "50"
    assert answer.headers["X-RateLimit-Remaining"] == "49"
    assert int(answer.headers["X-RateLimit-Reset"]) > timezone.now().timestamp()
    assert spent(owner) == 8


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_its_three_types_are_taken_whatever_the_name(api: Client, kind: str) -> None:
    file = SimpleUploadedFile("noname", photo(kind=kind), "application/octet-stream")
    picture(post(api, URL, {"image": file}))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "No image provided"),
        ({"image": "text"}, "No image provided"),
        ({"image": uploaded(b"", "empty.png")}, TYPES),
        ({"image": uploaded(b"text", "a.png")}, TYPES),
        ({"image": uploaded(photo(kind="GIF", mode="P"), "a.jpg")}, TYPES),
        ({"image": uploaded(blank())}, "Failed to process image"),
        ({"image": uploaded(photo()[:600])}, "Failed to process image"),
    ],
)
def test_bad_requests_have_their_texts_and_cost_nothing(
    api: Client, owner: User, fields: dict[str, Any], text: str
) -> None:
    answer = post(api, URL, fields)
    assert (answer.status_code, error_text(answer)) == (400, text)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_a_file_that_is_too_large(api: Client, settings: Settings) -> None:
    settings.SURFACE_LIMITS = {**settings.SURFACE_LIMITS, "microservice": (500, 10**6)}
    answer = removed(api)
    assert (answer.status_code, error_text(answer)) == (400, "File too large. Maximum size: 10MB")


def test_a_picture_of_too_many_pixels(api: Client, settings: Settings) -> None:
    settings.SURFACE_LIMITS = {**settings.SURFACE_LIMITS, "microservice": (10**6, 1000)}
    assert error_text(removed(api)) == "Image too large. Maximum size: 1,000 pixels"


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}, {"authorization": "Basic x"}])
def test_without_a_valid_key(headers: dict[str, str], settings: Settings) -> None:
    settings.COMPAT_ANONYMOUS = False
    answer = Client().post(URL, {"image": uploaded()}, headers=headers)
    assert (answer.status_code, error_text(answer)) == (401, "Unauthorized")


def test_more_than_the_hours_requests(api: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "microservice": (1, 3600, 1)}
    removed(api)
    answer = removed(api)
    seconds = answer.headers["Retry-After"]
    assert answer.status_code == 429
    assert error_text(answer) == f"Rate limit exceeded. Try again in {seconds} seconds"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert 3500 < int(seconds) <= 3600


def test_a_failure_of_ours_is_a_500(
    api: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "cut_out", lambda *_, **__: 1 / 0)
    answer = removed(api)
    assert (answer.status_code, error_text(answer)) == (500, "Failed to process image")
    assert spent(owner) == 0


def test_without_credits() -> None:
    answer = removed(client_of(UserFactory()))
    assert answer.status_code == 402
    assert "credits" in error_text(answer)


def test_in_maintenance(api: Client) -> None:
    maintenance.begin(message="", by=UserFactory(is_staff=True), now=NOW)
    answer = removed(api)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert "maintenance" in error_text(answer)


def test_requests_that_time_out_may_be_repeated(
    api: Client, owner: User, settings: Settings
) -> None:
    settings.SINGLE_TIMEOUT_S = 0.2
    answer = api.post(URL, {"image": uploaded()})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    settings.SINGLE_TIMEOUT_S = 30
    picture(removed(api))
    assert (Job.objects.count(), spent(owner)) == (1, 8)


@pytest.mark.parametrize("path", [URL, "/remove-bg/batch", "/queue-status/x", "/health"])
def test_wrong_methods_speak_its_format(api: Client, path: str) -> None:
    answer = api.delete(path)
    assert (answer.status_code, error_text(answer)) == (405, "Method not allowed")


def test_other_paths_and_types_speak_its_format(api: Client) -> None:
    answers = api.get("/remove-bg/nothing"), api.post(URL, "{}", content_type="application/json")
    assert [answer.status_code for answer in answers] == [404, 415]
    assert all(error_text(answer) for answer in answers)


def test_a_post_without_a_body(api: Client) -> None:
    assert error_text(api.generic("POST", URL)) == "No image provided"


def test_the_model_of_the_setting_is_used_where_the_tier_has_it(
    api: Client, settings: Settings
) -> None:
    settings.MODEL = "lumiku-lite"
    assert removed(api).headers["X-Model"] == "lumiku-lite"
    assert Job.objects.get().options == {"model": "lumiku-lite"}
    settings.MODEL = "u2net"
    picture(removed(api, photo((90, 60))))
    assert Job.objects.first().options == {}  # type: ignore[union-attr]


class TestCache:
    """The same bytes of the same account are computed and charged once."""

    def test_the_second_answer_is_a_copy_free_of_charge(self, api: Client, owner: User) -> None:
        first, second = removed(api), removed(client_of(owner))
        assert first.body == second.body
        assert [first.headers["X-Credits-Charged"], second.headers["X-Credits-Charged"]] == [
            "8",
            "0",
        ]
        assert first.headers["X-Job-Id"] != second.headers["X-Job-Id"]
        jobs = Job.objects.order_by("pk")
        assert [job.attempts for job in jobs] == [1, 0]
        assert spent(owner) == 8
        assert audit(now=timezone.now()).breaches == ()

    @pytest.mark.parametrize("erased", [0, 1])
    def test_erasing_one_leaves_the_other(self, api: Client, owner: User, erased: int) -> None:
        ids = [removed(api).headers["X-Job-Id"] for _ in range(2)]
        services.erase(user_id=owner.pk, job_id=ids[erased], now=timezone.now())
        left = Job.objects.get(public_id=ids[1 - erased])
        assert left.published_key
        assert removed(api).status_code == 200
        assert spent(owner) == 8

    def test_when_all_are_erased_it_is_computed_anew(self, api: Client, owner: User) -> None:
        job_id = removed(api).headers["X-Job-Id"]
        services.erase(user_id=owner.pk, job_id=job_id, now=timezone.now())
        assert removed(api).status_code == 200
        assert spent(owner) == 16

    def test_a_copy_loses_nothing_with_its_original_gone(self, api: Client, owner: User) -> None:
        removed(api)
        erasure.expire(now=timezone.now() + 2 * DAY)
        assert removed(api).headers["X-Credits-Charged"] == "0"
        assert spent(owner) == 8

    def test_it_ends_with_the_retention_of_the_first_result(self, api: Client, owner: User) -> None:
        removed(api)
        past = timezone.now() - 8 * DAY
        Repeat.objects.update(cached_at=past, seen_at=past)
        Job.objects.update(completed_at=past)
        removed(api)
        assert (Job.objects.count(), spent(owner)) == (2, 16)

    def test_it_is_kept_as_long_as_results(self, api: Client) -> None:
        removed(api)
        assert repeats.purge(now=timezone.now() + 6 * DAY) == 0
        assert repeats.purge(now=timezone.now() + 8 * DAY) == 1

    def test_it_is_of_one_account(self, api: Client) -> None:
        removed(api)
        assert removed(client_of(customer())).headers["X-Credits-Charged"] == "8"

    def test_pictures_that_fail_are_not_kept(self, api: Client) -> None:
        for _ in range(2):
            assert removed(api, blank()).status_code == 400
        assert Repeat.objects.get().results is None


class TestWithoutAnAccount:
    """`COMPAT_ANONYMOUS`, and `API_KEY`."""

    def test_on_this_machine_it_is_free_and_basic(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        answer = removed(Client())
        assert answer.headers["X-Credits-Charged"] == "0"
        assert picture(answer).mode == "RGBA"
        job = Job.objects.get()
        assert (job.tier, job.price) == ("basic", 0)
        assert audit(now=NOW).breaches == ()

    def test_not_from_elsewhere(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS = True
        answer = removed(Client(REMOTE_ADDR="192.168.0.7"))
        assert (answer.status_code, error_text(answer)) == (401, "Unauthorized")

    def test_the_key_of_the_installation_serves_from_everywhere(self, settings: Settings) -> None:
        settings.COMPAT_ANONYMOUS, settings.COMPAT_KEYS = False, ["your-api-key-here"]
        answers = [
            removed(Client(REMOTE_ADDR="192.168.0.7"), headers={"x-api-key": key})
            for key in ("your-api-key-here", "your-api-key-her")
        ]
        assert [answer.status_code for answer in answers] == [200, 401]
        assert answers[0].headers["X-Credits-Charged"] == "0"

    def test_callers_are_limited_by_their_address(self, settings: Settings) -> None:
        settings.COMPAT_KEYS = ["your-api-key-here"]
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "microservice": (1, 3600, 1)}
        statuses = [
            post(
                Client(REMOTE_ADDR=address),
                URL,
                {"image": ""},
                headers={"x-api-key": "your-api-key-here"},
            ).status_code
            for address in ("9.9.9.9", "9.9.9.9", "8.8.8.8")
        ]
        assert statuses == [400, 429, 400]


def test_browsers_of_other_origins_may_read_the_answer(api: Client) -> None:
    answer = api.post(URL, {}, headers={"origin": "https://shop.example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert content(answer)
    assert io.BytesIO(content(answer)).read(1) == b"{"
