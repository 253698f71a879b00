"""Sessions of PhotoRoom's clients, replayed over the wire: they are written with curl, `requests`,
`fetch` of Node, axios, Go and PHP.
"""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
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

CLIENTS = [
    *(recorded.CURL, recorded.REQUESTS, recorded.FETCH, recorded.AXIOS, recorded.GO, recorded.PHP)
]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name),
]
URL = "/v1/segment"


@pytest.fixture
def port(db: None) -> Iterator[int]:
    with running(application) as port:
        yield port


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def refusal(port: int, request: bytes) -> tuple[int, str]:
    """The status and the type; clients read `detail`, `message` or `error` of the body."""
    answer, body = wire.sent(port, request)
    found: dict[str, Any] = json.loads(body)
    assert found["status_code"] == answer.status
    assert found["detail"]
    return answer.status, found["type"]


def test_a_session(client: FormClient, port: int, owner: User) -> None:
    key = api_key_for(owner)

    def posted(key: str, **fields: str) -> tuple[Any, bytes]:
        answer, body = wire.sent(port, client.post(URL, key, photo(), **fields))
        assert answer.status == 200, body
        return answer, body

    with working():
        plan = json.loads(wire.sent(port, client.get("/v2/account", key))[1])
        answer, plain = posted(key, format="png", channels="rgba", size="hd", crop="false")
        assert answer.headers["Content-Type"] == "image/png"
        assert (opened(plain).mode, opened(plain).size) == ("RGBA", (96, 64))
        assert opened(posted(key, crop="true")[1]).width < 96
        _, black = posted(key, bg_color="#000000", format="jpg")
        assert (opened(black).format, opened(black).getpixel((1, 1))) == ("JPEG", (0, 0, 0))
        posted(f"sandbox_{key}")
        old = json.loads(wire.sent(port, client.get("/v1/account", key))[1])
    assert plan["images"]["available"] == 100 // 8
    assert old["credits"]["available"] == (100 - 24) // 8
    assert ledger.balance(user_id=owner.pk).available == 100 - 24


def test_as_json(client: FormClient, port: int, owner: User) -> None:
    lines = tuple(line for line in client.head if not line.startswith("Accept:"))
    asks = replace(client, head=(*lines, "Accept: application/json"))
    with working():
        answer, body = wire.sent(port, asks.post(URL, api_key_for(owner), photo()))
    assert answer.headers["Content-Type"] == "application/json"
    assert opened(base64.b64decode(json.loads(body)["base64img"])).format == "PNG"


def test_why_it_was_refused(client: FormClient, port: int, owner: User, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "single": (4, 60, 4)}
    key = api_key_for(owner)
    with working():
        assert refusal(port, client.post(URL, "wrong", photo()))[0] == 403
        assert refusal(port, client.post(URL, api_key_for(customer(0)), photo())) == (
            *(402, "insufficient_credits"),
        )
        for image, fields in ((blank(), {}), (b"text", {}), (photo(), {"size": "4k"})):
            assert refusal(port, client.post(URL, key, image, **fields))[0] == 400
        assert wire.sent(port, client.post(URL, key, photo()))[0].status == 200
        request = client.post(URL, key, photo((90, 60)))
        assert refusal(port, request)[0] == 429
        assert int(wire.sent(port, request)[0].headers["Retry-After"]) > 0
    assert ledger.balance(user_id=owner.pk).available == 92


def test_sent_again_after_a_time_out_it_is_one_charge(
    client: FormClient, port: int, owner: User
) -> None:
    request = client.post(URL, api_key_for(owner), photo(), size="full")
    wire.broken(port, request, arrived=Job.objects.exists)
    with working():
        answer, body = wire.sent(port, request)
    assert (answer.status, opened(body).size) == (200, (96, 64))
    assert Job.objects.count() == 1
    assert ledger.balance(user_id=owner.pk).available == 92
