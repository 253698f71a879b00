"""Static files are compressed, and nothing else is."""

import gzip
from contextlib import closing
from typing import Any

import pytest
from django.test import Client

SCRIPT = "/static/dashboard/js/ui.js"
GZIP = {"accept-encoding": "gzip"}


def body(answer: Any) -> bytes:
    with closing(answer):
        return b"".join(answer)


def test_a_script_is_compressed_for_who_takes_it() -> None:
    plain, packed = Client().get(SCRIPT), Client().get(SCRIPT, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    original, sent = body(plain), body(packed)
    assert gzip.decompress(sent) == original
    assert len(sent) < len(original) / 2


def test_a_script_that_has_not_changed_is_not_sent_again() -> None:
    first = Client().get(SCRIPT, headers=GZIP)
    assert body(first)
    again = {**GZIP, "if-modified-since": first.headers["Last-Modified"]}
    assert Client().get(SCRIPT, headers=again).status_code == 304


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/dashboard/pictures/after.webp", "/", "/v1/schema"])
def test_pictures_pages_and_answers_are_sent_as_they_are(path: str) -> None:
    with closing(Client().get(path, headers=GZIP)) as answer:
        assert "Content-Encoding" not in answer.headers
