import json
import logging

import pytest

from accounts.mail import reset_token
from tests.accounts.factories import PASSWORD, UserFactory, api_key_for
from tests.accounts.http import get, post

pytestmark = pytest.mark.django_db


def test_no_secret_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    user = UserFactory()
    credentials = {"email": user.email, "password": PASSWORD}
    tokens = post("/auth/login", credentials).json()["data"]
    key, reset = api_key_for(user), reset_token(user)
    get("/auth/me", auth=f"Bearer {tokens['token']}")
    get("/auth/me", **{"X-API-Key": key})
    get("/auth/me", auth=f"Bearer {tokens['token']}x")
    post("/auth/refresh", {"refreshToken": tokens["refreshToken"], "colour": "red"})
    post("/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    post("/auth/password/reset/confirm", {"token": reset, "newPassword": "123"})

    written = json.dumps([vars(record) for record in caplog.records], default=str)

    for secret in (PASSWORD, tokens["token"], tokens["refreshToken"], key, reset):
        assert secret not in written


def test_no_answer_repeats_a_secret() -> None:
    user = UserFactory()
    body = {"email": user.email, "password": "my secret phrase", "colour": "red"}

    assert "my secret phrase" not in post("/auth/login", body).content.decode()
