"""`/auth/session` and `/auth/sessions`: logins by cookie, for pages of this service."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import agents, services
from accounts.credentials import resolve_session
from accounts.models import LoginSession, User
from accounts.services import retention
from common.http.errors import InvalidToken
from tests.accounts.codes import NOW, WRONG, app_code, clock, set_up
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import call, code, error, get, post

__all__ = ["clock"]

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def browser() -> Client:
    """A browser that has opened one of our pages, and so has its CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.get("/no-such-page", headers={"accept": "text/html"})
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A request of one of our pages."""
    token = client.cookies["csrftoken"].value
    return call(method, path, body, client=client, **{"X-CSRFToken": token, **headers})


def sign_in(client: Client, user: User, **more: str) -> Any:
    body = {"email": user.email, "password": PASSWORD, **more}
    return send(client, "post", "/auth/session", body, **{"User-Agent": FIREFOX})


def signed_in(user: User) -> Client:
    client = browser()
    assert sign_in(client, user).status_code == 200
    return client


def is_in(client: Client) -> bool:
    return bool(get("/auth/me", client=client).status_code == 200)


def test_the_cookie_is_out_of_reach_of_scripts_and_no_token_is_answered(user: User) -> None:
    client = browser()
    answer = sign_in(client, user)
    assert answer.json() == {
        "success": True,
        "data": {"user": get("/auth/me", client=client).json()["data"]},
    }
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_key_of_the_session_is_a_new_one(user: User) -> None:
    client = browser()
    client.cookies["sessionid"] = "chosenbysomebodyelse000000000000"
    sign_in(client, user)
    assert client.cookies["sessionid"].value != "chosenbysomebodyelse000000000000"
    assert is_in(client)


def test_a_wrong_password_is_refused(user: User) -> None:
    client = browser()
    answer = send(client, "post", "/auth/session", {"email": user.email, "password": "wrong"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHORIZED")
    assert not is_in(client)


def test_without_the_csrf_token_nobody_is_logged_in(user: User) -> None:
    answer = post("/auth/session", {"email": user.email, "password": PASSWORD}, client=browser())
    assert answer.status_code == 403
    assert error(answer)["details"] == {"reason": "csrf"}


@pytest.mark.parametrize("body", [{}, {"email": "a@example.com"}, {"password": PASSWORD}])
def test_half_of_the_credentials_is_not_enough(body: dict[str, str]) -> None:
    answer = send(browser(), "post", "/auth/session", body)
    assert answer.status_code == 400


def test_guessing_is_limited_as_for_tokens(user: User) -> None:
    client, body = browser(), {"email": user.email, "password": "wrong"}
    answers = [send(client, "post", "/auth/session", body).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert post("/auth/login", {"email": user.email, "password": PASSWORD}).status_code == 429


def test_changes_need_the_csrf_token(user: User) -> None:
    client = signed_in(user)
    answer = post("/auth/api-keys", {"name": "mine"}, client=client)
    assert (answer.status_code, error(answer)["details"]) == (403, {"reason": "csrf"})
    assert send(client, "post", "/auth/api-keys", {"name": "mine"}).status_code == 201


@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_of_other_origins_are_refused(user: User, method: str) -> None:
    client = signed_in(user)
    body: Any = None if method == "get" else {}
    path = "/auth/me" if method == "get" else "/auth/logout"
    answer = send(client, method, path, body, Origin="https://evil.example.com")
    assert (answer.status_code, error(answer)["details"]) == (403, {"reason": "origin"})
    assert is_in(client)


def test_keys_and_tokens_need_no_csrf_token(user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert (
        post("/auth/api-keys", {"name": "a"}, auth=bearer(user), client=strict).status_code == 201
    )
    key = {"X-API-Key": api_key_for(user)}
    assert post("/auth/logout", {"everywhere": True}, client=strict, **key).status_code == 200


def test_logging_out_ends_the_session_and_the_cookie(user: User) -> None:
    client = signed_in(user)
    kept = client.cookies["sessionid"].value
    assert send(client, "delete", "/auth/session").json()["data"] == {"loggedOut": True}
    client.cookies["sessionid"] = kept
    assert not is_in(client)
    assert LoginSession.objects.get().revoked_at is not None


def test_logging_out_twice_changes_nothing(user: User) -> None:
    client = signed_in(user)
    send(client, "delete", "/auth/session")
    assert send(client, "delete", "/auth/session").status_code == 200


def test_logging_out_needs_the_csrf_token(user: User) -> None:
    client = signed_in(user)
    assert call("delete", "/auth/session", client=client).status_code == 403
    assert is_in(client)


def test_logging_out_everywhere_ends_browsers_and_tokens(user: User) -> None:
    first, second, stranger = signed_in(user), signed_in(user), signed_in(UserFactory())
    auth = bearer(user)
    send(first, "post", "/auth/logout", {"everywhere": True})
    assert not is_in(second)
    assert not is_in(first)
    assert get("/auth/me", auth=auth).status_code == 401
    assert is_in(stranger)


def test_a_new_password_ends_browsers(user: User) -> None:
    client = signed_in(user)
    body = {"currentPassword": PASSWORD, "newPassword": "another pass phrase 4711"}
    assert post("/auth/password/change", body, auth=bearer(user)).status_code == 200
    assert not is_in(client)


def test_the_session_goes_on_after_its_own_new_password(user: User) -> None:
    client = signed_in(user)
    body = {"currentPassword": PASSWORD, "newPassword": "another pass phrase 4711"}
    refresh = send(client, "post", "/auth/password/change", body).json()["data"]["refreshToken"]
    assert send(client, "post", "/auth/session", {"refreshToken": refresh}).status_code == 200
    assert is_in(client)


def test_a_registration_becomes_a_cookie_and_its_token_is_used_up() -> None:
    client, body = browser(), {"email": "new@example.com", "password": PASSWORD}
    tokens = post("/auth/register", body).json()["data"]
    assert send(client, "post", "/auth/session", {"refreshToken": tokens["refreshToken"]}).json()
    assert is_in(client)
    assert get("/auth/me", auth=f"Bearer {tokens['token']}").status_code == 401
    again = send(browser(), "post", "/auth/session", {"refreshToken": tokens["refreshToken"]})
    assert code(again) == "INVALID_TOKEN"


@pytest.mark.parametrize("change", ["disabled", "erased"])
def test_a_closed_account_is_out_at_once(user: User, change: str) -> None:
    client = signed_in(user)
    if change == "disabled":
        User.objects.update(is_active=False)
    else:
        services.erase_own_account(user=user, password=PASSWORD, now=timezone.now())
    assert not is_in(client)
    assert sign_in(browser(), user).status_code == 401
    with pytest.raises(InvalidToken):
        resolve_session(client.cookies["sessionid"].value)


@pytest.mark.usefixtures("clock")
def test_the_second_factor_is_asked_for_where_there_is_one() -> None:
    boss = UserFactory(is_staff=True)
    secret, _ = set_up(boss)
    client = browser()
    assert code(sign_in(client, boss)) == "SECOND_FACTOR_REQUIRED"
    assert sign_in(client, boss, code=WRONG).status_code == 401
    assert sign_in(client, boss, code=app_code(secret, NOW)).status_code == 200
    assert is_in(client)


@pytest.mark.usefixtures("clock")
def test_a_login_before_the_second_factor_has_ended() -> None:
    boss = UserFactory(is_staff=True)
    client = signed_in(boss)
    set_up(boss)
    assert not is_in(client)


def test_sessions_are_listed_newest_first_and_the_current_one_is_marked(user: User) -> None:
    signed_in(UserFactory())
    services.open_session(user=user, now=timezone.now() - timedelta(hours=1), agent="lumiku-python")
    client = signed_in(user)
    found = get("/auth/sessions", client=client).json()["data"]["sessions"]
    shown = [(one["kind"], one["agent"], one["current"]) for one in found]
    assert shown == [("browser", "Firefox on Linux", True), ("token", "lumiku-python", False)]


def test_one_session_can_be_ended_by_its_owner_only(user: User) -> None:
    client, other = signed_in(user), signed_in(user)
    stranger, boss = signed_in(UserFactory()), signed_in(UserFactory(is_staff=True))
    found = get("/auth/sessions", client=other).json()["data"]["sessions"]
    [theirs] = [one["id"] for one in found if not one["current"]]
    for actor in (stranger, boss):
        assert send(actor, "delete", f"/auth/sessions/{theirs}").status_code == 404
    assert is_in(client)
    assert send(other, "delete", f"/auth/sessions/{theirs}").json()["data"]["ended"] is True
    assert not is_in(client)
    assert is_in(other)
    assert send(other, "delete", f"/auth/sessions/{theirs}").status_code == 404


def test_sessions_are_no_business_of_a_key_without_the_scope(user: User) -> None:
    key = {"X-API-Key": api_key_for(user, scopes=[])}
    assert get("/auth/sessions", **key).status_code == 403
    assert get("/auth/sessions").status_code == 401


def test_cookies_that_have_expired_are_deleted_with_their_sessions(user: User) -> None:
    client = signed_in(user)
    retention.purge_tokens(now=timezone.now())
    assert is_in(client)
    retention.purge_tokens(now=timezone.now() + timedelta(days=15))
    assert not LoginSession.objects.exists()
    assert not is_in(client)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("python-requests/2.32.3", "python-requests"),
        ("", ""),
        ("x" * 500, "x" * 40),
    ],
)
def test_programs_are_described_in_a_few_words(header: str, shown: str) -> None:
    assert agents.describe(header) == shown
