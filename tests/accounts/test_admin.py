import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import ApiKey, Erasure, User
from common.models import OperatorAction
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for, bearer
from tests.accounts.http import get

NEW = "an even longer phrase 43"

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db: None) -> Client:
    UserFactory(email="boss@example.com", is_staff=True, is_superuser=True)
    client = Client()
    assert client.login(email="BOSS@example.com", password=PASSWORD)
    return client


@pytest.mark.parametrize("page", ["user/", "user/add/", "apikey/"])
def test_every_admin_page_opens(operator: Client, page: str) -> None:
    api_key_for(UserFactory())

    assert operator.get(f"/admin/accounts/{page}").status_code == 200


def test_every_change_page_opens(operator: Client) -> None:
    user = UserFactory()
    secret = api_key_for(user)

    person = operator.get(f"/admin/accounts/user/{user.pk}/change/")
    key = operator.get(f"/admin/accounts/apikey/{ApiKey.objects.get().pk}/change/")

    assert person.status_code == key.status_code == 200
    assert ApiKey.objects.get().digest not in key.content.decode()
    assert secret not in key.content.decode()


def test_a_user_can_be_added(operator: Client) -> None:
    body = {
        "email": "Added@Example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    operator.post("/admin/accounts/user/add/", body)

    assert User.objects.get(email="added@example.com").check_password(PASSWORD)


def test_keys_can_be_revoked(operator: Client) -> None:
    secret = api_key_for(UserFactory())

    body = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}
    operator.post("/admin/accounts/apikey/", body)

    assert get("/auth/me", **{"X-API-Key": secret}).status_code == 401


def test_a_user_can_be_logged_out(operator: Client) -> None:
    user = UserFactory()
    auth = bearer(user)

    operator.post("/admin/accounts/user/", {"action": "log_out", "_selected_action": [user.pk]})

    assert get("/auth/me", auth=auth).status_code == 401


def test_a_password_that_an_operator_sets_ends_the_sessions(operator: Client) -> None:
    user = UserFactory()
    auth = bearer(user)
    body = {"usable_password": "true", "password1": NEW, "password2": NEW}

    operator.post(f"/admin/accounts/user/{user.pk}/password/", body)

    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert get("/auth/me", auth=auth).status_code == 401


def erase(client: Client, user: User, email: str = "", reason: str = "Asked for") -> str:
    body = {"email": email or user.email, "reason": reason}
    url = f"/admin/accounts/user/{user.pk}/erase/"
    return client.post(url, body, follow=True).content.decode()


def test_an_account_is_erased_for_a_reason(operator: Client) -> None:
    user = UserFactory(email="leaves@example.com")
    secret = api_key_for(user)
    page = operator.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert f"/admin/accounts/user/{user.pk}/erase/" in page
    assert "Delete user" not in page

    assert "is being erased" in erase(operator, user, " Leaves@Example.com ")

    line = OperatorAction.objects.get()
    assert (line.action, line.object_id, line.reason) == (
        "account.erase",
        user.public_id,
        "Asked for",
    )
    assert Erasure.objects.get().user == user
    assert get("/auth/me", **{"X-API-Key": secret}).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"email": "other@example.com"}, "not the address of the account"),
        ({"reason": " "}, "This field is required"),
    ],
)
def test_a_wrong_confirmation_erases_nothing(
    operator: Client, wrong: dict[str, str], complaint: str
) -> None:
    assert complaint in erase(operator, UserFactory(), **wrong)
    assert not Erasure.objects.exists()


def test_staff_and_erased_users_cannot_be_erased(operator: Client) -> None:
    staff, user = UserFactory(is_staff=True), UserFactory()
    erase(operator, user)
    for found in (staff, user):
        assert operator.get(f"/admin/accounts/user/{found.pk}/erase/").status_code == 403
    assert Erasure.objects.count() == 1


def test_an_erased_user_cannot_be_reactivated(operator: Client) -> None:
    user = UserFactory()
    erase(operator, user)
    url = f"/admin/accounts/user/{user.pk}"
    assert operator.post(f"{url}/change/", {"email": "a@example.com"}).status_code == 403
    body = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert operator.post(f"{url}/password/", body).status_code == 403


def test_erasing_needs_the_permission(clerk: Client) -> None:
    user = UserFactory()
    erase(clerk, user)
    page = clerk.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert "Erase account" not in page
    assert not Erasure.objects.exists()


def test_a_user_is_not_deleted(operator: Client) -> None:
    user = UserFactory()
    url = f"/admin/accounts/user/{user.pk}/delete/"
    assert operator.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_only_superusers_log_staff_out(clerk: Client) -> None:
    user, boss = UserFactory(), UserFactory(is_staff=True)
    chosen = {"action": "log_out", "_selected_action": [user.pk, boss.pk]}
    page = clerk.post("/admin/accounts/user/", chosen, follow=True).content.decode()
    assert "Only superusers can log staff out" in page
    assert [line.object_id for line in OperatorAction.objects.all()] == [user.public_id]


def test_the_admin_cannot_create_or_delete_keys(operator: Client) -> None:
    api_key_for(UserFactory())
    pk = ApiKey.objects.get().pk

    assert operator.get("/admin/accounts/apikey/add/").status_code == 403
    assert operator.post(f"/admin/accounts/apikey/{pk}/delete/").status_code == 403


@pytest.fixture
def clerk() -> Client:
    """Staff that may change users and groups, but is no superuser."""
    user = UserFactory(is_staff=True)
    names = ["view_user", "change_user", "view_group", "add_group", "change_group"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_only_superusers_grant_permissions(clerk: Client) -> None:
    user, group = UserFactory(), Group.objects.create(name="All")
    powers = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    body = {"email": user.email, "is_active": "on", **powers}
    clerk.post(f"/admin/accounts/user/{user.pk}/change/", body)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)
    assert user.is_active


@pytest.mark.parametrize("is_staff", [True, False])
def test_only_superusers_change_accounts_with_permissions(clerk: Client, is_staff: bool) -> None:
    boss = UserFactory(is_staff=is_staff, is_superuser=True)
    url = f"/admin/accounts/user/{boss.pk}"
    body = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert clerk.post(f"{url}/password/", body).status_code == 403
    assert clerk.post(f"{url}/change/", {"email": "mine@example.com"}).status_code == 403
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_only_superusers_change_groups(clerk: Client) -> None:
    group = Group.objects.create(name="All")
    url = f"/admin/auth/group/{group.pk}/change/"
    assert clerk.get(url).status_code == 200
    assert clerk.post(url, {"name": "Mine"}).status_code == 403
    assert clerk.post("/admin/auth/group/add/", {"name": "Mine"}).status_code == 403


def test_a_key_can_be_revoked_from_its_own_page(operator: Client) -> None:
    api_key_for(UserFactory())
    page = operator.get(f"/admin/accounts/apikey/{ApiKey.objects.get().pk}/change/")
    assert ">Revoke<" in page.content.decode()


def test_others_see_only_the_login_page() -> None:
    client = Client()
    client.force_login(UserFactory())

    assert client.get("/admin/accounts/user/").status_code == 302
