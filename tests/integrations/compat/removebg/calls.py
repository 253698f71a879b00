"""Calls to remove.bg's API as its clients make them."""

import io
import json
from typing import Any

from django.test import Client
from PIL import Image

from accounts.models import User
from tests.accounts.factories import api_key_for
from tests.removal.factories import uploaded, working

URL = "/v1.0/removebg"


def client_of(user: User) -> Client:
    return Client(headers={"x-api-key": api_key_for(user)})


def post(client: Client, *, headers: Any = None, **fields: Any) -> Any:
    """A form with a photo, unless another source is given, while a worker runs."""
    sources = {"image_file", "image_file_b64", "image_url"}
    body = fields if sources & set(fields) else {"image_file": uploaded(), **fields}
    with working():
        answer = client.post(URL, body, headers=headers)
        answer.body = content(answer)  # type: ignore[attr-defined]
    return answer


def post_json(client: Client, body: Any, **kwargs: Any) -> Any:
    with working():
        data = body if isinstance(body, str) else json.dumps(body)
        answer = client.post(URL, data, content_type="application/json", **kwargs)
        answer.body = content(answer)  # type: ignore[attr-defined]
    return answer


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def picture(answer: Any) -> Image.Image:
    assert answer.status_code == 200, answer.body
    return Image.open(io.BytesIO(answer.body))


def code(answer: Any) -> str:
    """The code of a refusal, which has the one shape that clients read."""
    (error,) = json.loads(content(answer) if not hasattr(answer, "body") else answer.body)["errors"]
    assert set(error) <= {"title", "code", "detail"}, error
    assert error["title"], error
    return str(error["code"])
