import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import User
from common.http.auth import ALL_SCOPES, Scope
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, error, get, post, run_mails

NEW = "an even longer phrase 43"
CHANGE = {"currentPassword": PASSWORD, "newPassword": NEW}

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def can_log_in(user: User, password: str) -> bool:
    return bool(post("/auth/login", {"email": user.email, "password": password}).status_code == 200)


def test_replaces_the_password(user: User) -> None:
    response = post("/auth/password/change", CHANGE, auth=bearer(user))

    assert response.status_code == 200
    assert can_log_in(user, NEW)
    assert not can_log_in(user, PASSWORD)


def test_ends_every_session_and_opens_a_new_one(user: User) -> None:
    mine, other, stranger = bearer(user), bearer(user), bearer(UserFactory())

    body = post("/auth/password/change", CHANGE, auth=mine).json()

    assert get("/auth/me", auth=mine).status_code == 401
    assert get("/auth/me", auth=other).status_code == 401
    assert get("/auth/me", auth=f"Bearer {body['token']}").status_code == 200
    assert get("/auth/me", auth=stranger).status_code == 200


def test_ends_browser_sessions(user: User) -> None:
    client = Client()
    client.force_login(user)

    post("/auth/password/change", CHANGE, auth=bearer(user))

    assert get("/auth/me", client=client).status_code == 401


def test_a_wrong_current_password_changes_nothing(user: User) -> None:
    auth = bearer(user)

    response = post("/auth/password/change", CHANGE | {"currentPassword": "wrong"}, auth=auth)

    assert response.status_code == 400
    assert list(error(response)["details"]["fields"]) == ["currentPassword"]
    assert can_log_in(user, PASSWORD)
    assert get("/auth/me", auth=auth).status_code == 200


def test_a_weak_password_is_explained(user: User) -> None:
    response = post("/auth/password/change", CHANGE | {"newPassword": "123"}, auth=bearer(user))

    assert response.status_code == 400
    assert len(error(response)["details"]["fields"]["newPassword"]) >= 2


@override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "confirm_password": (2, 900, 2)})
def test_guessing_the_current_password_is_limited(user: User) -> None:
    auth, wrong = bearer(user), CHANGE | {"currentPassword": "wrong"}

    statuses = [post("/auth/password/change", wrong, auth=auth).status_code for _ in range(3)]

    assert statuses == [400, 400, 429]


def test_needs_a_login() -> None:
    assert code(post("/auth/password/change", CHANGE)) == "UNAUTHORIZED"


def test_an_api_key_needs_the_scope(user: User) -> None:
    key = api_key_for(user, scopes=ALL_SCOPES - {Scope.ACCOUNT_WRITE})

    response = post("/auth/password/change", CHANGE, **{"X-API-Key": key})

    assert response.status_code == 403
    assert error(response)["details"]["requiredScope"] == "account:write"


def test_tells_the_account_by_mail() -> None:
    user = UserFactory()

    post("/auth/password/change", CHANGE, auth=bearer(user))

    (message,) = run_mails()
    assert message.to == [user.email]
    assert "has just been changed" in message.body
    assert NEW not in message.body
