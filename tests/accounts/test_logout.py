import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.services import Tokens
from common.http.auth import Scope
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for
from tests.accounts.http import code, get, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(db: None) -> Tokens:
    return services.open_session(user=UserFactory(), now=timezone.now())


def works(tokens: Tokens) -> bool:
    return bool(get("/auth/me", auth=f"Bearer {tokens.access}").status_code == 200)


def test_ends_access_and_refresh_tokens(tokens: Tokens) -> None:
    response = post("/auth/logout", auth=f"Bearer {tokens.access}")

    assert response.status_code == 200
    assert response.json() == {"success": True, "data": {"loggedOut": True}}
    assert not works(tokens)
    assert post("/auth/refresh", {"refreshToken": tokens.refresh}).status_code == 401


def test_works_with_the_refresh_token_alone(tokens: Tokens) -> None:
    assert post("/auth/logout", {"refreshToken": tokens.refresh}).status_code == 200

    assert not works(tokens)


def test_leaves_other_sessions_and_people_alone(tokens: Tokens) -> None:
    second = services.open_session(user=tokens.user, now=timezone.now())
    stranger = services.open_session(user=UserFactory(), now=timezone.now())

    post("/auth/logout", auth=f"Bearer {tokens.access}")

    assert works(second)
    assert works(stranger)


def test_everywhere_ends_all_sessions_of_the_account(tokens: Tokens) -> None:
    second = services.open_session(user=tokens.user, now=timezone.now())
    stranger = services.open_session(user=UserFactory(), now=timezone.now())

    post("/auth/logout", {"everywhere": True}, auth=f"Bearer {tokens.access}")

    assert not works(second)
    assert works(stranger)


def test_an_api_key_survives(tokens: Tokens) -> None:
    key = api_key_for(tokens.user)

    post("/auth/logout", {"everywhere": True}, auth=f"Bearer {tokens.access}")

    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200


def test_needs_something_to_log_out_from(tokens: Tokens) -> None:
    assert code(post("/auth/logout")) == "UNAUTHORIZED"
    assert code(post("/auth/logout", {"everywhere": True})) == "UNAUTHORIZED"
    response = post("/auth/logout", {"everywhere": True, "refreshToken": tokens.refresh})
    assert response.status_code == 401
    assert works(tokens)


def test_an_unknown_refresh_token_is_refused() -> None:
    assert code(post("/auth/logout", {"refreshToken": "lmr_unknown"})) == "INVALID_TOKEN"


def test_a_second_logout_is_told_that_the_session_has_ended(tokens: Tokens) -> None:
    post("/auth/logout", auth=f"Bearer {tokens.access}")

    assert code(post("/auth/logout", auth=f"Bearer {tokens.access}")) == "INVALID_TOKEN"


def test_ends_the_session_of_a_browser() -> None:
    client = Client()
    user = UserFactory()
    assert client.login(email=user.email, password=PASSWORD)

    assert post("/auth/logout", client=client).status_code == 200
    assert get("/auth/me", client=client).status_code == 401


def test_a_key_ends_other_sessions_only_with_the_scope_for_it(tokens: Tokens) -> None:
    reader = api_key_for(tokens.user, [Scope.REMOVAL_READ], name="reader")
    manager = api_key_for(tokens.user, [Scope.ACCOUNT_WRITE], name="manager")

    refused = post("/auth/logout", {"everywhere": True}, **{"X-API-Key": reader})
    assert (refused.status_code, code(refused)) == (403, "FORBIDDEN")
    assert works(tokens)
    assert post("/auth/logout", {"everywhere": True}, **{"X-API-Key": manager}).status_code == 200
    assert not works(tokens)
