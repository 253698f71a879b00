"""Forms as browsers and scripts send them."""

from typing import Any

import pytest
from django.test import Client

from tests.common.http import error, multipart, post_raw

FORM = "multipart/form-data; boundary=xyz"
BARE = "multipart/form-data"
IMAGE = ('Content-Disposition: form-data; name="image"; filename="a.jpg"', b"picture")
TIER = ('Content-Disposition: form-data; name="tier"', b"basic")
NOT_CHOSEN = 'Content-Disposition: form-data; name="photos"; filename=""'
TYPED = f"{NOT_CHOSEN}\r\nContent-Type: application/octet-stream"


def post(*parts: tuple[str, bytes], content_type: str = FORM, boundary: bytes = b"xyz") -> Any:
    return post_raw("/upload", multipart(*parts, boundary=boundary), content_type)


@pytest.mark.parametrize("head", [NOT_CHOSEN, TYPED])
def test_a_file_that_was_not_chosen_is_absent(head: str) -> None:
    answer = post((head, b""), IMAGE, (head, b""), TIER)
    assert answer.status_code == 200, answer.content
    only = post((head.replace("photos", "image"), b""), TIER)
    assert "not a file" in error(only)["message"]


def test_a_nameless_file_with_content_is_no_file() -> None:
    assert error(post(IMAGE, TIER, (TYPED, b"x")))["details"]["fields"].keys() == {"photos.0"}


@pytest.mark.parametrize("boundary", [b"xyz", b"----WebKitFormBoundaryAbC123", b"a'b(c)+_,-./:=?d"])
def test_a_missing_boundary_is_read_from_the_body(boundary: bytes) -> None:
    answer = post(IMAGE, TIER, content_type=BARE, boundary=boundary)
    assert answer.json()["data"] == {"image": 7, "tier": "basic"}


@pytest.mark.parametrize("body", [b"image=1", b'{"image": 1}', b"--\r\n", b"--" + b"x" * 200])
def test_a_body_without_one_gets_a_hint(body: bytes) -> None:
    problem = error(post_raw("/upload", body, BARE))
    assert problem["code"] == "INVALID_INPUT"
    assert "do not set this header by hand" in problem["message"]


def test_a_form_without_a_boundary_may_be_cut_off_as_any_other() -> None:
    body = multipart(IMAGE, TIER)[:-20]
    assert (
        post_raw("/upload", body, BARE).status_code == post_raw("/upload", body, FORM).status_code
    )


def test_empty_fields_of_a_form_are_absent(client: Client) -> None:
    empty = ('Content-Disposition: form-data; name="tags"', b"")
    answer = post(IMAGE, TIER, empty, empty)
    assert answer.json()["data"] == {"image": 7, "tier": "basic"}


def test_the_name_of_a_list_may_end_in_brackets() -> None:
    tags = ('Content-Disposition: form-data; name="tags[]"', b"a")
    more = ('Content-Disposition: form-data; name="tags"', b"b")
    answer = post(IMAGE, TIER, tags, tags, more)
    assert answer.json()["data"]["tags"] == ["a", "a", "b"]
    single = ('Content-Disposition: form-data; name="tier[]"', b"basic")
    assert error(post(IMAGE, single))["details"]["unknown"] == ["tier[]"]
