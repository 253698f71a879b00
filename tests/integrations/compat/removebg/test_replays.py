"""Sessions of clients that are not Python or Node packages, replayed over the wire: the Ruby gem,
the Go client, PHP and curl.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from config.asgi import application
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.integrations.compat import recorded, wire
from tests.integrations.compat.recorded import FormClient
from tests.removal.factories import blank, customer, photo, working

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize(
        "client",
        [recorded.RUBY, recorded.GO, recorded.PHP, recorded.CURL],
        ids=lambda client: client.name,
    ),
]
URL = "/v1.0/removebg"


@pytest.fixture
def port(db: None) -> Iterator[int]:
    with running(application) as port:
        yield port


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def error(port: int, request: bytes) -> tuple[int, Any]:
    """The status, and the one error that clients read."""
    answer, body = wire.sent(port, request)
    (found,) = json.loads(body)["errors"]
    return answer.status, found


def composed(archive: bytes) -> Image.Image:
    """The PNG that a client makes of a zip, opening its entries by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        assert entries.namelist() == ["color.jpg", "alpha.png"]
        colour = opened(entries.read("color.jpg")).convert("RGB")
        colour.putalpha(opened(entries.read("alpha.png")).convert("L"))
    return colour


def test_a_session(client: FormClient, port: int, owner: User) -> None:
    key = api_key_for(owner)

    def posted(**fields: str) -> tuple[Any, bytes]:
        answer, body = wire.sent(port, client.post(URL, key, photo(), size="auto", **fields))
        assert answer.status == 200, body
        assert answer.headers["X-Credits-Charged"] == "8.0"
        return answer, body

    with working():
        answer, plain = posted(type="auto")
        assert (opened(plain).mode, opened(plain).size) == ("RGBA", (96, 64))
        assert answer.headers["Content-Type"] == "image/png"
        assert opened(posted(crop="true", crop_margin="4px")[1]).width < 96
        _, coloured = posted(bg_color="ff0000", format="png")
        assert opened(coloured).convert("RGB").getpixel((1, 1)) == (255, 0, 0)
        answer, archive = posted(format="zip")
        assert answer.headers["Content-Type"] == "application/zip"
        assert composed(archive).size == (96, 64)
        answer, body = wire.sent(port, client.get("/v1.0/account", key))
    credits = json.loads(body)["data"]["attributes"]["credits"]
    assert credits == {"total": 68.0, "subscription": 0.0, "payg": 68.0, "enterprise": 0.0}
    assert Job.objects.count() == 4


def test_why_it_was_refused(client: FormClient, port: int, owner: User) -> None:
    key = api_key_for(owner)
    with working():
        wrong = error(port, client.post(URL, "wrong", photo()))
        poor = error(port, client.post(URL, api_key_for(customer(0)), photo()))
        empty = error(port, client.post(URL, key, blank(), size="auto"))
        other = error(port, client.post(URL, key, photo(), size="huge"))
        text = error(port, client.post(URL, key, b"no picture"))
        account = error(port, client.get("/v1.0/account", "wrong"))
    assert (wrong[0], wrong[1]["title"]) == (403, "API Key invalid")
    assert account == wrong
    assert (poor[0], poor[1]["title"]) == (402, "Insufficient credits")
    assert (empty[0], empty[1]["code"]) == (400, "unknown_foreground")
    assert (other[0], other[1]["code"]) == (400, "invalid_size")
    assert (text[0], text[1]["code"]) == (400, "invalid_file_type")
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


def test_beyond_the_rate_the_answer_says_how_long_to_wait(
    client: FormClient, port: int, owner: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (1, 60, 1)}
    request = client.post(URL, api_key_for(owner), photo(), size="auto")
    with working():
        assert wire.sent(port, request)[0].status == 200
        answer, body = wire.sent(port, request)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert json.loads(body)["errors"][0]["title"] == "Rate limit exceeded"
    assert ledger.balance(user_id=owner.pk).available == 92


def test_sent_again_after_a_time_out_it_is_one_charge(
    client: FormClient, port: int, owner: User
) -> None:
    """As the gem does twice, without any key that would name the request."""
    request = client.post(URL, api_key_for(owner), photo(), size="auto", format="zip")
    for _ in range(2):
        wire.broken(port, request, arrived=Job.objects.exists)
    with working():
        answer, body = wire.sent(port, request)
    assert (answer.status, composed(body).size) == (200, (96, 64))
    assert Job.objects.count() == 1
    assert ledger.balance(user_id=owner.pk).available == 92
