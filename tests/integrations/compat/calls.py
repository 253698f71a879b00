"""Calls to drop-in surfaces while a worker runs."""

import io
import json
from typing import Any

from django.test import Client
from PIL import Image

from tests.integrations.compat.removebg.calls import client_of, content
from tests.removal.factories import working

__all__ = ["client_of", "content", "error_text", "picture", "post"]


def post(client: Client, path: str, fields: Any, **kwargs: Any) -> Any:
    """A form; the answer has its bytes as `body`."""
    with working():
        answer: Any = client.post(path, fields, **kwargs)
        answer.body = content(answer)
    return answer


def picture(answer: Any, content_type: str = "image/png") -> Image.Image:
    assert answer.status_code == 200, content(answer)
    assert answer.headers["Content-Type"] == content_type
    return Image.open(io.BytesIO(answer.body))


def error_text(answer: Any, key: str = "error") -> Any:
    """Message of an error, in a body that has this key alone."""
    body = json.loads(content(answer))
    assert set(body) == {key}, body
    return body[key]
