import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from billing import ledger
from billing.models import BillingMail, Entry
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
def test_the_pages_open(operator: Client, page: str) -> None:
    api_key_for(UserFactory())

    assert operator.get(f"/admin/accounts/{page}").status_code == 200


def test_the_pages_of_one_row_open(operator: Client) -> None:
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


def test_a_user_can_be_deleted_with_what_is_theirs_and_without_their_money(
    operator: Client,
) -> None:
    user = UserFactory()
    api_key_for(user)
    ledger.grant(user_id=user.pk, credits=5, key="k", reason="Test")
    now = timezone.now()
    BillingMail.objects.create(user=user, key="m", created_at=now, next_attempt_at=now)

    page = operator.get(f"/admin/accounts/user/{user.pk}/delete/")
    operator.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})

    assert "permission" not in page.content.decode()
    assert not User.objects.filter(pk=user.pk).exists()
    assert not ApiKey.objects.exists()
    assert not BillingMail.objects.exists()
    assert Entry.objects.get().account.user is None


def test_keys_are_neither_made_nor_deleted_here(operator: Client) -> None:
    api_key_for(UserFactory())
    pk = ApiKey.objects.get().pk

    assert operator.get("/admin/accounts/apikey/add/").status_code == 403
    assert operator.post(f"/admin/accounts/apikey/{pk}/delete/").status_code == 403


def test_others_see_only_the_login_page() -> None:
    client = Client()
    client.force_login(UserFactory())

    assert client.get("/admin/accounts/user/").status_code == 302
