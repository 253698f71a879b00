"""`GET /v1/account` and `GET /v2/account`."""

import pytest
from django.test import Client

from accounts.models import User
from tests.integrations.compat.photoroom.test_segment import client_of, refusal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("prefix", ["", "sandbox_"])
def test_both_versions_tell_how_many_images_are_left(owner: User, prefix: str) -> None:
    client = client_of(owner, prefix)
    images = {"available": 100 // 8, "subscription": 0}
    assert client.get("/v1/account").json() == {"credits": images}
    assert client.get("/v2/account").json() == {"images": images, "plan": "none"}


@pytest.mark.parametrize("path", ["/v1/account", "/v2/account"])
def test_without_a_key_it_is_a_403(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, refusal(answer)["type"]) == (403, "authentication_error")
