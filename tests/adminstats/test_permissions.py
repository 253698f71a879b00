"""Access to platform figures depends on permissions and the second factor of staff."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.second_factor import services as second_factor
from common.http.auth import ALL_SCOPES
from tests.accounts.codes import app_code, clock, set_up
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import code, error, get, post

__all__ = ["clock"]

pytestmark = pytest.mark.django_db

STATS = "/background-remover/admin/stats"


@pytest.fixture
def helper() -> User:
    return UserFactory(is_staff=True)


def may(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


def first_page(user: User) -> str:
    client = Client()
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    return str(client.get("/admin/").content.decode())


def test_staff_without_permissions_see_no_figures(helper: User) -> None:
    answer = get(STATS, auth=bearer(helper))
    assert (answer.status_code, code(answer)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert error(answer)["details"] == {"requiredPermission": "adminstats.view_statistics"}
    page = first_page(helper)
    assert "MRR" not in page
    assert "MRR" not in page
    assert "Statistics need a permission that you do not have" in page


def test_staff_with_the_permission_do(helper: User) -> None:
    may(helper, "view_statistics")
    assert get(STATS, auth=bearer(helper)).status_code == 200
    page = first_page(helper)
    assert "MRR" in page
    # A customer's name is more than a figure.
    assert "Top customers" not in page
    may(helper, "view_user")
    assert "Top customers" in first_page(helper)


def test_the_permission_alone_makes_nobody_staff() -> None:
    user = UserFactory()
    may(user, "view_statistics")
    assert get(STATS, auth=bearer(user)).status_code == 403


# --- API keys of staff ---


@pytest.fixture
def demanded(settings: Any) -> None:
    settings.STAFF_2FA_REQUIRED = True


@pytest.fixture
def boss() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


def new_key(**sent: str) -> str:
    body = {"name": "test", "scopes": sorted(ALL_SCOPES)}
    answer = post("/auth/api-keys", body, **sent)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["data"]["apiKey"])


def logged_in(boss: User) -> str:
    secret, _ = set_up(boss)
    body = {"email": boss.email, "password": PASSWORD, "code": app_code(secret)}
    return f"Bearer {post('/auth/login', body).json()['token']}"


@pytest.mark.usefixtures("demanded")
def test_a_key_without_a_second_factor_does_not_operate(boss: User) -> None:
    key = api_key_for(boss)
    for path in (STATS, "/admin/jobs"):
        answer = get(path, **{"X-API-Key": key})
        assert (answer.status_code, code(answer)) == (403, "INSUFFICIENT_PERMISSIONS")
        assert "second factor" in error(answer)["message"]
    assert get("/auth/me", **{"X-API-Key": key}).status_code == 200
    assert get("/background-remover/jobs", **{"X-API-Key": key}).status_code == 200


@pytest.mark.usefixtures("clock", "demanded")
def test_a_key_made_with_a_second_factor_operates_and_so_do_keys_it_makes(boss: User) -> None:
    key = new_key(auth=logged_in(boss))
    heir = new_key(auth=f"Bearer {key}")
    assert get(STATS, **{"X-API-Key": key}).status_code == 200
    assert get(STATS, **{"X-API-Key": heir}).status_code == 200


@pytest.mark.usefixtures("clock", "demanded")
def test_an_earlier_key_passes_no_second_factor_on(boss: User) -> None:
    before = api_key_for(boss)
    set_up(boss)
    assert get(STATS, **{"X-API-Key": before}).status_code == 403
    heir = new_key(auth=f"Bearer {before}")
    assert get(STATS, **{"X-API-Key": heir}).status_code == 403


@pytest.mark.usefixtures("clock", "demanded")
def test_a_key_does_not_operate_while_the_device_is_removed(boss: User) -> None:
    key = new_key(auth=logged_in(boss))
    second_factor.reset(user=boss, now=timezone.now())
    assert get(STATS, **{"X-API-Key": key}).status_code == 403


def test_without_a_required_second_factor_keys_operate(boss: User) -> None:
    key = api_key_for(boss)
    assert get(STATS, **{"X-API-Key": key}).status_code == 200
    assert ApiKey.objects.get().second_factor_at is None
