from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import services
from accounts.models import LoginSession, RefreshToken
from accounts.services import Tokens
from common.http.errors import InvalidToken
from tests.accounts.factories import UserFactory
from tests.accounts.http import code, error, get, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(db: None) -> Tokens:
    return services.open_session(user=UserFactory(), now=timezone.now())


def test_gives_the_next_pair(tokens: Tokens) -> None:
    response = post("/auth/refresh", {"refreshToken": tokens.refresh})

    assert response.status_code == 200
    data = response.json()["data"]
    assert data["refreshToken"] != tokens.refresh
    assert response.json()["token"] == data["token"] != tokens.access
    assert get("/auth/me", auth=f"Bearer {data['token']}").status_code == 200


def test_the_next_one_works_too(tokens: Tokens) -> None:
    refresh = tokens.refresh
    for _ in range(3):
        refresh = post("/auth/refresh", {"refreshToken": refresh}).json()["data"]["refreshToken"]

    assert RefreshToken.objects.filter(used_at=None).count() == 1


def test_reuse_ends_the_whole_family(tokens: Tokens) -> None:
    following = post("/auth/refresh", {"refreshToken": tokens.refresh}).json()["data"]

    reused = post("/auth/refresh", {"refreshToken": tokens.refresh})

    assert reused.status_code == 401
    assert code(reused) == "INVALID_TOKEN"
    assert post("/auth/refresh", {"refreshToken": following["refreshToken"]}).status_code == 401
    assert get("/auth/me", auth=f"Bearer {following['token']}").status_code == 401
    assert get("/auth/me", auth=f"Bearer {tokens.access}").status_code == 401


def test_reuse_leaves_other_sessions_alone(tokens: Tokens) -> None:
    other = services.open_session(user=tokens.user, now=timezone.now())
    for _ in range(2):
        post("/auth/refresh", {"refreshToken": tokens.refresh})

    assert post("/auth/refresh", {"refreshToken": other.refresh}).status_code == 200


def test_an_expired_token_says_so(tokens: Tokens) -> None:
    RefreshToken.objects.update(expires_at=timezone.now())

    response = post("/auth/refresh", {"refreshToken": tokens.refresh})

    assert response.status_code == 401
    assert code(response) == "TOKEN_EXPIRED"


def test_it_lives_as_long_as_the_settings_say(tokens: Tokens) -> None:
    token = RefreshToken.objects.get()

    assert token.expires_at - token.created_at == timedelta(seconds=settings.JWT_REFRESH_S)


@pytest.mark.parametrize("given", ["garbage", "lmr_unknown", "ü", "a" * 200])
def test_an_unknown_token_is_refused(given: str) -> None:
    response = post("/auth/refresh", {"refreshToken": given})

    assert response.status_code == 401
    assert code(response) == "INVALID_TOKEN"


def test_an_access_token_is_no_refresh_token(tokens: Tokens) -> None:
    response = post("/auth/refresh", {"refreshToken": tokens.access})

    assert response.status_code in {400, 401}


def test_a_disabled_user_gets_nothing(tokens: Tokens) -> None:
    tokens.user.is_active = False
    tokens.user.save()

    assert post("/auth/refresh", {"refreshToken": tokens.refresh}).status_code == 401


def test_only_digests_are_stored(tokens: Tokens) -> None:
    token = RefreshToken.objects.get()

    assert tokens.refresh not in str(vars(token))
    assert len(token.digest) == 64


def test_the_role_of_the_next_token_is_read_afresh(tokens: Tokens) -> None:
    tokens.user.is_staff = True
    tokens.user.save()

    body = post("/auth/refresh", {"refreshToken": tokens.refresh}).json()

    assert body["data"]["user"]["role"] == "admin"


def test_a_missing_token_is_named() -> None:
    assert error(post("/auth/refresh", {}))["details"] == {"missing": ["refreshToken"]}


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_rotate_once() -> None:
    tokens = services.open_session(user=UserFactory(), now=timezone.now())
    start = Barrier(20)

    def rotate(_: int) -> Tokens | None:
        start.wait()
        try:
            return services.rotate(refresh_token=tokens.refresh, now=timezone.now())
        except InvalidToken:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        winners = [won for won in pool.map(rotate, range(20)) if won]

    assert len(winners) == 1
    assert RefreshToken.objects.filter(family__user=tokens.user).count() == 2
    # A lost race is reuse, so not even the winner keeps the session.
    assert LoginSession.objects.get(user=tokens.user).revoked_at is not None
    assert get("/auth/me", auth=f"Bearer {winners[0].access}").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_at_once_rotate_once() -> None:
    tokens = services.open_session(user=UserFactory(), now=timezone.now())
    start = Barrier(20)

    def refresh(_: int) -> int:
        start.wait()
        try:
            return int(post("/auth/refresh", {"refreshToken": tokens.refresh}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(refresh, range(20)))

    assert sorted(statuses) == [200] + [401] * 19
