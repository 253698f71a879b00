"""Tokens that stand for an API key."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone

from accounts import key_tokens, tokens
from accounts.key_tokens import Claims
from common.http.errors import InvalidToken, TokenExpired

KEY = "a key that is long enough for every algorithm, sixty-four characters or more"
CLAIMS = Claims("key_1", "jahid12345")
HOUR = timedelta(hours=1)
NOW = timezone.now()


def minted(lifetime: timedelta = HOUR) -> str:
    return key_tokens.mint(claims=CLAIMS, key=KEY, lifetime=lifetime, now=NOW)


def test_it_is_read_as_it_was_minted() -> None:
    assert key_tokens.is_key_token(minted())
    assert key_tokens.read(minted(), key=KEY, now=NOW) == CLAIMS


def test_it_expires() -> None:
    with pytest.raises(TokenExpired):
        key_tokens.read(minted(), key=KEY, now=NOW + HOUR)


def test_it_is_no_access_token_nor_the_other_way_round() -> None:
    with pytest.raises(InvalidToken):
        tokens.read(minted(), key=KEY, now=NOW)
    access = tokens.mint(
        user_id="user_1",
        email="a@example.com",
        role="user",
        session_id="sess_1",
        key=KEY,
        lifetime_s=60,
        now=NOW,
    )
    assert not key_tokens.is_key_token(access)
    with pytest.raises(InvalidToken):
        key_tokens.read(access, key=KEY, now=NOW)


@pytest.mark.parametrize(
    ("changes", "algorithm", "key"),
    [
        ({}, "none", None),
        ({}, "HS512", KEY),
        ({}, "HS256", KEY[::-1]),
        ({"aud": "others"}, "HS256", KEY),
        ({"key": 1}, "HS256", KEY),
        ({"exp": None}, "HS256", KEY),
    ],
)
def test_forged_and_misshapen_ones(changes: dict[str, Any], algorithm: str, key: Any) -> None:
    payload = jwt.decode(minted(), KEY, algorithms=["HS256"], audience=key_tokens.AUDIENCE)
    forged = jwt.encode({**payload, **changes}, key, algorithm=algorithm)
    with pytest.raises(InvalidToken):
        key_tokens.read(forged, key=KEY, now=NOW)


@pytest.mark.parametrize("text", ["", "lmk_live_abc", "a.b.c", "é" * 20, "." * 9999])
def test_other_texts_are_no_such_tokens(text: str) -> None:
    assert not key_tokens.is_key_token(text)
