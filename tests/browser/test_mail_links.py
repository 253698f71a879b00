"""The links of our e-mails in Chromium: their token never reaches a server by the address."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from accounts import address_tokens, mail
from accounts.models import User
from common.mail.messages import Message
from tests.accounts.factories import UserFactory
from tests.batches.web import serving
from tests.browser import chromium
from tests.programs import require
from tests.removal.conftest import media

__all__ = ["media"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]
NEW = "an entirely new pass phrase 43"


@pytest.fixture
def url(media: Path, tmp_path: Path) -> Iterator[str]:
    require("chromium")
    with serving(media, tmp_path / "tmp", VERIFY_EMAIL="true") as web:
        yield f"http://127.0.0.1:{web.port}"


def link_of(message: Message, url: str) -> str:
    path = str(message.context["link"]).partition("/v1/")[2]
    return f"{url}/v1/{path}"


def test_the_link_that_verifies_an_address_needs_one_click(url: str) -> None:
    user = UserFactory()
    message = mail.verification(address_tokens.make(user))
    with chromium.page() as page:
        page.goto(link_of(message, url))
        assert "token" not in page.url
        page.get_by_role("button", name="Confirm the address").click()
        page.get_by_role("status").wait_for()
        told = page.get_by_role("status").inner_text()
    assert told == "The e-mail address is verified."
    verified_at = User.objects.get().email_verified_at
    assert verified_at is not None
    assert verified_at <= timezone.now()


def test_the_link_that_resets_a_password_asks_for_nothing_else(url: str) -> None:
    user = UserFactory()
    message = mail.password_reset(mail.reset_token(user))
    with chromium.page() as page:
        page.goto(link_of(message, url))
        assert "token" not in page.url
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Set the password").click()
        page.get_by_role("status").wait_for()
    assert User.objects.get().password != user.password
