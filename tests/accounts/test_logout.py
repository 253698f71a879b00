import pytest
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import User
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


@pytest.fixture
def pages() -> Client:
    """A browser that is logged in to the operators' pages."""
    boss = UserFactory(email="boss@example.com", is_staff=True, is_superuser=True)
    client = Client()
    client.post("/admin/login/", {"username": boss.email, "password": PASSWORD})
    assert pages_open(client)
    return client


def pages_open(client: Client) -> bool:
    """Return whether the cookie still opens any page."""
    statuses = client.get("/admin/").status_code, get("/auth/me", client=client).status_code
    assert statuses in {(200, 200), (302, 401)}
    return statuses == (200, 200)


def boss_token() -> str:
    user = User.objects.get(email="boss@example.com")
    return f"Bearer {services.open_session(user=user, now=timezone.now()).access}"


def test_everywhere_ends_the_cookie_of_the_operators_pages(pages: Client) -> None:
    other = UserFactory(is_staff=True)
    services.end_all_sessions(other, now=timezone.now())
    assert pages_open(pages)

    assert post("/auth/logout", {"everywhere": True}, auth=boss_token()).status_code == 200

    assert not pages_open(pages)


def test_everywhere_by_the_cookie_itself_ends_tokens_too(pages: Client) -> None:
    token = boss_token()
    pages.get("/admin/")
    csrf = {"X-CSRFToken": pages.cookies["csrftoken"].value} if "csrftoken" in pages.cookies else {}
    assert post("/auth/logout", {"everywhere": True}, client=pages, **csrf).status_code == 200

    assert not pages_open(pages)
    assert get("/auth/me", auth=token).status_code == 401


def test_logging_out_of_one_session_leaves_the_cookie(pages: Client) -> None:
    post("/auth/logout", auth=boss_token())
    assert pages_open(pages)


def test_the_operators_action_ends_cookies_as_well(pages: Client) -> None:
    root = Client()
    chief = UserFactory(is_staff=True, is_superuser=True)
    root.post("/admin/login/", {"username": chief.email, "password": PASSWORD})
    boss, token = User.objects.get(email="boss@example.com"), boss_token()

    root.post("/admin/accounts/user/", {"action": "log_out", "_selected_action": [boss.pk]})

    assert not pages_open(pages)
    assert get("/auth/me", auth=token).status_code == 401
    assert pages_open(root)


def test_a_new_password_ends_cookies_and_tokens(pages: Client) -> None:
    token, new = boss_token(), "an entirely new pass phrase 43"
    change = {"currentPassword": PASSWORD, "newPassword": new}
    assert post("/auth/password/change", change, auth=boss_token()).status_code == 200

    assert not pages_open(pages)
    assert get("/auth/me", auth=token).status_code == 401


def test_a_new_password_on_the_operators_pages_keeps_this_browser_only(pages: Client) -> None:
    token, new = boss_token(), "an entirely new pass phrase 43"
    other = Client()
    other.post("/admin/login/", {"username": "boss@example.com", "password": PASSWORD})
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert pages.post("/admin/password_change/", form).status_code == 302

    assert pages_open(pages)
    assert not pages_open(other)
    assert get("/auth/me", auth=token).status_code == 401


def test_a_password_set_on_the_command_line_ends_tokens(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        changepassword.Command, "_get_pass", lambda *_: "an entirely new pass phrase 43"
    )
    call_command("changepassword", tokens.user.email)
    assert not works(tokens)


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


def test_a_second_logout_says_that_the_session_has_ended(tokens: Tokens) -> None:
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
