"""`GET` and `POST /integrations/webhook-secret`."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.encryption import encrypt
from common.http.auth import Scope
from integrations.models import SigningSecret
from integrations.tasks import purge_deliveries
from integrations.webhooks import secrets, signing
from tests.accounts.factories import api_key_for

pytestmark = pytest.mark.django_db
URL = "/v1/integrations/webhook-secret"


def test_the_secret_is_created_on_first_use_and_stays(api: Client) -> None:
    first = api.get(URL)
    assert first.headers["Cache-Control"] == "no-store"
    data = first.json()["data"]
    assert data["current"]["secret"].startswith("whsec_")
    assert data["previous"] is None
    assert api.get("/api/integrations/webhook-secret/").json()["data"] == data


def test_the_previous_secret_signs_for_a_day(api: Client) -> None:
    old = api.get(URL).json()["data"]["current"]
    answer = api.post(URL)
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert data["current"]["secret"] != old["secret"]
    assert data["previous"]["secret"] == old["secret"]
    assert data["previous"]["expiresAt"] is not None


def test_never_more_than_two_are_valid(api: Client, owner: User) -> None:
    for _ in range(3):
        api.post(URL)
    assert len(secrets.valid(user_id=owner.pk, now=timezone.now())) == 2


def test_the_previous_secret_expires(api: Client, owner: User) -> None:
    api.get(URL)
    api.post(URL)
    later = timezone.now() + secrets.OVERLAP + timedelta(seconds=1)
    assert len(secrets.valid(user_id=owner.pk, now=later)) == 1


def test_every_user_has_their_own_secret(api: Client, stranger: Client, staff: Client) -> None:
    shown = {who.get(URL).json()["data"]["current"]["secret"] for who in (api, stranger, staff)}
    assert len(shown) == 3


def test_the_secret_needs_a_login() -> None:
    assert Client().get(URL).status_code == 401
    assert Client().post(URL).status_code == 401


def test_a_key_needs_the_scope(owner: User) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_WRITE])
    assert Client(headers={"x-api-key": key}).get(URL).status_code == 403


def stored(user: User, text: str) -> SigningSecret:
    return SigningSecret.objects.create(user=user, stored=text, created_at=timezone.now())


def test_the_secret_is_not_stored_legibly(api: Client, owner: User) -> None:
    shown = api.get(URL).json()["data"]["current"]["secret"]
    row = SigningSecret.objects.get(user=owner)
    assert shown not in row.stored
    assert row.secret == shown


@pytest.mark.parametrize("form", [str, encrypt])
def test_both_forms_of_a_stored_secret_are_read(api: Client, owner: User, form: Any) -> None:
    secret = signing.new_secret()
    stored(owner, form(secret))
    assert api.get(URL).json()["data"]["current"]["secret"] == secret


def test_what_the_previous_release_stores_during_an_upgrade_is_encrypted(owner: User) -> None:
    row = stored(owner, signing.new_secret())
    plain = row.secret
    purge_deliveries()
    row.refresh_from_db()
    assert plain not in row.stored
    assert row.secret == plain
    assert secrets.encrypt_plain() == 0
