import pytest

from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import code, get, post

pytestmark = pytest.mark.django_db


def test_shows_only_the_caller() -> None:
    user, _ = UserFactory(), UserFactory()

    response = get("/auth/me", auth=bearer(user))

    assert response.status_code == 200
    assert response.json()["data"]["id"] == user.public_id
    assert response.json()["data"]["email"] == user.email


def test_shows_no_secret() -> None:
    data = get("/auth/me", auth=bearer(UserFactory())).json()["data"]

    assert set(data) == {"id", "email", "role", "emailVerified", "createdAt"}


def test_the_role_is_read_from_the_database() -> None:
    user = UserFactory()
    auth = bearer(user)
    user.is_staff = True
    user.save()

    assert get("/auth/me", auth=auth).json()["data"]["role"] == "admin"


def test_an_api_key_of_any_scope_will_do() -> None:
    user = UserFactory()

    response = get("/auth/me", **{"X-API-Key": api_key_for(user, scopes=[])})

    assert response.json()["data"]["id"] == user.public_id


def test_needs_a_login() -> None:
    response = get("/auth/me")

    assert response.status_code == 401
    assert code(response) == "UNAUTHORIZED"


def test_accepts_no_other_method() -> None:
    response = post("/auth/me", auth=bearer(UserFactory()))

    assert response.status_code == 405
    assert code(response) == "METHOD_NOT_ALLOWED"


def test_says_how_many_requests_are_left() -> None:
    assert "X-RateLimit-Remaining" in get("/auth/me", auth=bearer(UserFactory())).headers
