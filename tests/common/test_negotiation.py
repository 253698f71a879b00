"""Negotiation by `Accept` and `Prefer`."""

import pytest

from common.http.negotiation import Preference, preference, prefers_image


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "image/*",
        "IMAGE/WEBP",
        "image/avif,image/webp,*/*;q=0.8",
        "application/json;q=0.5, image/png",
        "text/html, image/*;q=0.9, */*;q=0.1",
    ],
)
def test_a_picture_that_outranks_json_and_anything(accept: str) -> None:
    assert prefers_image(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, image/png",
        "image/png;q=0.5, */*",
        "image/png, */*",
        "image/png;q=0",
        "image/png;q=high",
        "text/image/png",
        ",;,",
    ],
)
def test_everything_else_is_json(accept: str) -> None:
    assert not prefers_image(accept)


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("", Preference()),
        ("respond-async", Preference(respond_async=True)),
        ("Respond-Async, wait=10", Preference(respond_async=True, wait_s=10)),
        ('wait="5"', Preference(wait_s=5)),
        ("return=minimal; foo, respond-async; x=1", Preference(respond_async=True)),
        ("wait=soon, wait", Preference()),
    ],
)
def test_preferences(prefer: str, expected: Preference) -> None:
    assert preference(prefer) == expected
