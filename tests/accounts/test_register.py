import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from django.test import Client, override_settings
from django.utils import timezone

from accounts import services
from accounts.models import User
from billing import ledger
from common.http.errors import Conflict
from tests.accounts.factories import PASSWORD, UserFactory
from tests.accounts.http import code, error, get, post, run_mails

pytestmark = pytest.mark.django_db
NEW = {"email": "new@example.com", "password": PASSWORD}


def test_answers_like_a_login() -> None:
    response = post("/auth/register", NEW)

    assert response.status_code == 201
    body = response.json()
    assert body["success"] is True
    assert body["token"] == body["data"]["token"]
    assert set(body["data"]) == {"token", "refreshToken", "expiresIn", "user"}
    assert body["data"]["user"]["email"] == "new@example.com"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_language_is_that_of_the_mails_from_the_first_on() -> None:
    with override_settings(VERIFY_EMAIL=True):
        token = post("/auth/register", {**NEW, "language": "id"}).json()["token"]
    preferences = get("/auth/me/mail", auth=f"Bearer {token}").json()["data"]
    assert preferences["language"] == "id"
    assert [mail.subject for mail in run_mails()] == ["Konfirmasi alamat email Anda"]


@pytest.mark.parametrize("language", ["fr", "id-ID", 7])
def test_a_language_that_mails_do_not_have_is_refused(language: object) -> None:
    response = post("/auth/register", {**NEW, "language": language})
    assert (response.status_code, code(response)) == (400, "INVALID_INPUT")
    assert not User.objects.exists()


@pytest.mark.parametrize("language", ["", None])
def test_without_a_language_mails_are_english(language: str | None) -> None:
    token = post("/auth/register", {**NEW, "language": language}).json()["token"]
    assert get("/auth/me/mail", auth=f"Bearer {token}").json()["data"]["language"] == "en"


def test_the_token_works_at_once() -> None:
    token = post("/auth/register", NEW).json()["token"]

    assert get("/auth/me", auth=f"Bearer {token}").status_code == 200


def test_gives_the_welcome_credits_once() -> None:
    with override_settings(SIGNUP_BONUS_CREDITS=70):
        post("/auth/register", NEW)
        post("/auth/register", NEW)

    user = User.objects.get()
    assert ledger.balance(user_id=user.pk).available == 70


def test_a_bonus_of_zero_makes_no_grant() -> None:
    with override_settings(SIGNUP_BONUS_CREDITS=0):
        assert post("/auth/register", NEW).status_code == 201

    assert ledger.balance(user_id=User.objects.get().pk).available == 0


@pytest.mark.parametrize("spelling", ["new@example.com", "NEW@Example.COM", "  new@example.com "])
def test_refuses_an_address_that_is_taken(spelling: str) -> None:
    UserFactory(email="new@example.com")

    response = post("/auth/register", {**NEW, "email": spelling})

    assert response.status_code == 409
    assert error(response)["code"] == "CONFLICT"
    assert list(error(response)["details"]["fields"]) == ["email"]


def test_the_database_refuses_two_spellings_of_one_address() -> None:
    UserFactory(email="new@example.com")
    with pytest.raises(IntegrityError):
        User.objects.bulk_create([User(email="NEW@example.com", password="!")])


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short1", "too short"),
        ("password123", "too common"),
        ("73820164529", "entirely numeric"),
        ("new@example.com", "too similar"),
    ],
)
def test_says_what_is_wrong_with_a_weak_password(password: str, complaint: str) -> None:
    response = post("/auth/register", {**NEW, "password": password})

    assert response.status_code == 400
    assert code(response) == "INVALID_INPUT"
    assert complaint in " ".join(error(response)["details"]["fields"]["password"])
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "no-at-sign", "a@b", "a b@example.com", "a@example.com\0", 7]
)
def test_refuses_invalid_addresses(email: object) -> None:
    response = post("/auth/register", {**NEW, "email": email})

    assert response.status_code == 400
    assert code(response) == "INVALID_INPUT"


def test_names_missing_and_unknown_fields() -> None:
    assert code(post("/auth/register", {"email": "new@example.com"})) == "MISSING_REQUIRED_FIELD"
    response = post("/auth/register", {**NEW, "role": "admin"})
    assert code(response) == "INVALID_INPUT"
    assert error(response)["details"]["unknown"] == ["role"]


@pytest.mark.parametrize("body", [[], "text", None, 3, [NEW]])
def test_refuses_a_body_that_is_no_object(body: object) -> None:
    response = Client().post("/v1/auth/register", json.dumps(body), content_type="application/json")

    assert response.status_code == 400


def test_a_password_has_an_upper_length() -> None:
    assert code(post("/auth/register", {**NEW, "password": "ab1 " * 100})) == "INVALID_INPUT"


def test_spaces_of_a_password_count() -> None:
    post("/auth/register", {**NEW, "password": f" {PASSWORD} "})

    assert post("/auth/login", NEW).status_code == 401
    assert post("/auth/login", {**NEW, "password": f" {PASSWORD} "}).status_code == 200


def test_an_expired_token_in_the_header_is_ignored() -> None:
    assert post("/auth/register", NEW, auth="Bearer long.gone.token").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_requests_create_one_account_with_one_bonus() -> None:
    start = Barrier(10)

    def sign_up(_: int) -> bool:
        start.wait()
        try:
            services.sign_up(**NEW, network="192.0.2.1", now=timezone.now())
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(sign_up, range(10))) == 1
    user = User.objects.get(email=NEW["email"])
    assert ledger.balance(user_id=user.pk).available == settings.SIGNUP_BONUS_CREDITS


@override_settings(RATE_LIMITS={"register_address": (3, 3600, 3)})
def test_is_limited_by_address() -> None:
    statuses = [
        post("/auth/register", {**NEW, "email": f"new{n}@example.com"}).status_code
        for n in range(4)
    ]

    assert statuses == [201, 201, 201, 429]


def test_the_same_endpoint_answers_under_api_and_with_a_slash() -> None:
    response = Client().post("/api/auth/register/", NEW, content_type="application/json")

    assert response.status_code == 201
