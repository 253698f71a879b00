"""Authentication by each kind of credential; `/auth/me` stands for all endpoints."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, LoginSession, User
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, error, get, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def claims_of(auth: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        auth.removeprefix("Bearer "), settings.JWT_SIGNING_KEY, algorithms=["HS256"]
    )
    return claims


def refused(auth: str) -> str:
    response = get("/auth/me", auth=auth)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"]
    return code(response)


def test_an_access_token_authenticates(user: User) -> None:
    assert get("/auth/me", auth=bearer(user)).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(user: User, scheme: str) -> None:
    auth = bearer(user).replace("Bearer", scheme)

    assert get("/auth/me", auth=auth).status_code == 200


def test_an_expired_token_says_so(user: User) -> None:
    claims = claims_of(bearer(user)) | {"exp": datetime.now(UTC) - timedelta(seconds=1)}

    assert refused(f"Bearer {jwt.encode(claims, settings.JWT_SIGNING_KEY)}") == "TOKEN_EXPIRED"


def test_another_key_is_refused(user: User) -> None:
    claims = claims_of(bearer(user))

    assert refused(f"Bearer {jwt.encode(claims, 'k' * 48)}") == "INVALID_TOKEN"


def test_an_expired_token_of_another_key_is_not_called_expired(user: User) -> None:
    claims = claims_of(bearer(user)) | {"exp": 1}

    assert refused(f"Bearer {jwt.encode(claims, 'k' * 48)}") == "INVALID_TOKEN"


def test_a_token_without_an_algorithm_is_refused(user: User) -> None:
    claims = claims_of(bearer(user))

    assert refused(f"Bearer {jwt.encode(claims, '', algorithm='none')}") == "INVALID_TOKEN"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_every_spelling_of_algorithm_none_is_refused(user: User, alg: str) -> None:
    _, payload, signature = bearer(user).removeprefix("Bearer ").split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": alg, "typ": "JWT"}).encode()).decode()

    for tail in ("", signature):
        assert refused(f"Bearer {header.rstrip('=')}.{payload}.{tail}") == "INVALID_TOKEN"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_is_refused(user: User, algorithm: str) -> None:
    claims = claims_of(bearer(user))
    key = settings.JWT_SIGNING_KEY * 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "JWT_SIGNING_KEY", key)
        assert refused(f"Bearer {jwt.encode(claims, key, algorithm=algorithm)}") == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "garbage",
        "a.b.c",
        "...",
        "é.è.ê",
        "e30.e30.e30",
        "Bearer Bearer",
        "null",
        "[]",
        "eyJhbGciOiJIUzI1NiJ9." + "A" * 3000 + ".x",
    ],
)
def test_garbage_is_refused(credential: str) -> None:
    assert refused(f"Bearer {credential}") == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "wrong",
    [
        {"userId": 1},
        {"userId": None},
        {"sid": ["x"]},
        {"exp": "soon"},
        {"exp": None},
        {"exp": 1e400},
    ],
)
def test_a_signed_token_of_another_shape_is_refused(user: User, wrong: dict[str, Any]) -> None:
    claims = claims_of(bearer(user)) | wrong

    assert refused(f"Bearer {jwt.encode(claims, settings.JWT_SIGNING_KEY)}") == "INVALID_TOKEN"


@pytest.mark.parametrize("claim", ["userId", "email", "role", "iat", "exp", "sid"])
def test_every_claim_is_needed(user: User, claim: str) -> None:
    claims = claims_of(bearer(user))
    del claims[claim]

    assert refused(f"Bearer {jwt.encode(claims, settings.JWT_SIGNING_KEY)}") == "INVALID_TOKEN"


def test_the_user_and_the_session_must_belong_together(user: User) -> None:
    claims = claims_of(bearer(user)) | {"userId": UserFactory().public_id}

    assert refused(f"Bearer {jwt.encode(claims, settings.JWT_SIGNING_KEY)}") == "INVALID_TOKEN"


def test_a_role_in_the_token_gives_nothing(user: User) -> None:
    claims = claims_of(bearer(user)) | {"role": "admin"}
    auth = f"Bearer {jwt.encode(claims, settings.JWT_SIGNING_KEY)}"

    assert get("/auth/me", auth=auth).json()["data"]["role"] == "user"


def test_a_disabled_user_is_refused_at_once(user: User) -> None:
    auth, key = bearer(user), api_key_for(user)
    user.is_active = False
    user.save()

    assert refused(auth) == "INVALID_TOKEN"
    assert refused(f"Bearer {key}") == "INVALID_TOKEN"


def test_a_deleted_user_is_refused(user: User) -> None:
    auth = bearer(user)
    user.delete()

    assert refused(auth) == "INVALID_TOKEN"


def test_an_ended_session_is_refused(user: User) -> None:
    auth = bearer(user)
    LoginSession.objects.update(revoked_at=timezone.now())

    assert refused(auth) == "INVALID_TOKEN"


def test_an_api_key_authenticates_by_either_header(user: User) -> None:
    key = api_key_for(user)

    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert get("/auth/me", **headers).json()["data"]["id"] == user.public_id


@pytest.mark.parametrize(
    "key", ["", " ", "garbage", "lmk_live_", "lmk_live_unknown", "ü", "k" * 4000]
)
def test_a_wrong_api_key_is_refused(key: str) -> None:
    response = get("/auth/me", **{"X-API-Key": key})

    assert response.status_code == 401
    assert code(response) == "INVALID_TOKEN"


@pytest.mark.parametrize("ended", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_revoked_or_expired_key_is_refused(user: User, ended: dict[str, datetime]) -> None:
    key = api_key_for(user)
    ApiKey.objects.update(**ended)

    assert code(get("/auth/me", **{"X-API-Key": key})) == "INVALID_TOKEN"


def test_a_key_with_an_unknown_scope_still_authenticates(user: User) -> None:
    key = api_key_for(user)
    ApiKey.objects.update(scopes=["removal:read", "gone:write"])

    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200


def test_the_last_use_is_written_at_most_once_a_minute(user: User) -> None:
    key, now = api_key_for(user), timezone.now()

    def last_use_after_asking() -> datetime:
        get("/auth/me", **{"X-API-Key": key})
        used = ApiKey.objects.get().last_used_at
        assert used is not None
        return used

    first = last_use_after_asking()
    assert first >= now
    assert last_use_after_asking() == first

    ApiKey.objects.update(last_used_at=now - timedelta(seconds=61))
    assert last_use_after_asking() >= now


@pytest.mark.parametrize("auth", ["Basic dXNlcjpwYXNz", "Token abc", "eyJhbGciOiJIUzI1NiJ9.e30.x"])
def test_another_scheme_gets_a_hint_to_use_bearer(auth: str) -> None:
    response = get("/auth/me", auth=auth)

    assert response.status_code == 401
    assert "Bearer" in error(response)["message"]


def test_a_wrong_credential_is_refused_even_beside_a_session(user: User) -> None:
    client = Client()
    client.force_login(user)

    assert get("/auth/me", client=client, auth="Bearer garbage").status_code == 401


def test_a_browser_session_reads_without_a_csrf_token(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert get("/auth/me", client=client).json()["data"]["id"] == user.public_id


def test_a_browser_session_writes_only_with_a_csrf_token(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    token = client.get("/reset").cookies["csrftoken"].value

    without = post("/auth/api-keys", {"name": "browser"}, client=client)
    with_it = post("/auth/api-keys", {"name": "browser"}, client=client, **{"X-CSRFToken": token})

    assert without.status_code == 403
    assert code(without) == "FORBIDDEN"
    assert with_it.status_code == 201


def test_a_token_needs_no_csrf_token(user: User) -> None:
    client = Client(enforce_csrf_checks=True)

    response = post("/auth/api-keys", {"name": "script"}, client=client, auth=bearer(user))

    assert response.status_code == 201


def test_a_browser_session_of_a_disabled_user_is_anonymous(user: User) -> None:
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()

    assert get("/auth/me", client=client).status_code == 401


def test_authentication_takes_one_query(user: User, django_assert_num_queries: Any) -> None:
    auth = bearer(user)

    with django_assert_num_queries(1):
        get("/auth/me", auth=auth)


def test_a_login_makes_no_cookie(user: User) -> None:
    response = post("/auth/login", {"email": user.email, "password": PASSWORD})

    assert not response.cookies
