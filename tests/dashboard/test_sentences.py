"""Sentences of the API that pages translate: each is one that the API says."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from batches.errors import FAILURES
from common.http.errors import ApiError, ErrorCode
from dashboard import navigation

SOURCE = Path(navigation.__file__).parent / "static/dashboard/js/sentences.js"
FIXED = re.findall(r'gettext_noop\("(.+)"\)', SOURCE.read_text())
CODES = re.findall(r"(?m)^  ([A-Z_]+): \(\) =>", SOURCE.read_text())
WEAK = ["short", "password1", "29384756", "someone@example"]
# Written where they are raised, not as the message of a class.
ELSEWHERE = {
    "An account with this e-mail address exists already",
    "The password is not strong enough",
}


def messages_of(kind: type[ApiError]) -> set[str]:
    return {kind.message}.union(*map(messages_of, kind.__subclasses__()))


def complaints(password: str) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, User(email="someone@example.com"))
    return list(refusal.value.messages)


def test_the_api_says_each_of_them() -> None:
    said = messages_of(ApiError) | {*FAILURES.values()} | ELSEWHERE
    said |= {sentence for password in WEAK for sentence in complaints(password)}
    assert len(FIXED) > 20
    assert {*FIXED} - said == set()


def test_codes_are_those_of_the_api() -> None:
    assert CODES
    assert {*CODES} <= {*ErrorCode}
