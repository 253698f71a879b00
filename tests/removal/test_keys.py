import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from removal import keys

TOKEN = "0123456789abcdef" * 2


def test_keys_as_documented() -> None:
    assert keys.original_key("user_1", "job_2", "jpg") == (
        "uploads/background-remover/user_1/job_2-original.jpg"
    )
    assert keys.result_key("user_1", "job_2", 1, TOKEN, "png") == (
        f"processed/background-remover/user_1/job_2-removed-1-{TOKEN}.png"
    )


def test_each_attempt_has_its_own_key() -> None:
    assert len({keys.result_key("user_1", "job_2", n, TOKEN, "png") for n in (1, 2, 3)}) == 3


def test_a_token_is_never_the_same_and_never_missing() -> None:
    assert len({keys.new_token() for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="token"):
        keys.result_key("user_1", "job_2", 1, "", "png")


def test_a_result_key_names_its_job() -> None:
    assert keys.job_of(keys.result_key("user_1", "job_2", 1, TOKEN, "png")) == "job_2"


def test_a_key_names_its_owner() -> None:
    assert keys.owner_of(keys.original_key("user_1", "job_2", "jpg")) == "user_1"


@pytest.mark.parametrize("identifier", ["", "..", "a/b", "user 1", "A" * 41, "ünser"])
def test_identifiers_that_are_none_are_refused(identifier: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        keys.original_key(identifier, "job_2", "jpg")


def test_extension_is_checked() -> None:
    with pytest.raises(ValueError, match="extension"):
        keys.result_key("user_1", "job_2", 1, TOKEN, "../x")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\cat.jpg", "cat.jpg"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("con.jpg", "_con.jpg"),
        ("...", "image"),
        ("", "image"),
        ("e\u0301te\u0301.png", "été.png"),
        ('a<b>:"c|?*.png', "a_b___c___.png"),
    ],
)
def test_safe_filename(name: str, safe: str) -> None:
    assert keys.safe_filename(name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_harmless(name: str) -> None:
    safe = keys.safe_filename(name)
    assert 0 < len(safe.encode()) <= keys.MAX_NAME_BYTES
    assert safe not in (".", "..")
    assert not set(safe) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(character).startswith("C") for character in safe)


@given(st.text(max_size=400))
def test_download_name_has_its_parts_and_fits(name: str) -> None:
    made = keys.download_name(name, "webp")
    assert made.startswith("removed-")
    assert made.endswith(".webp")
    assert len(made.encode()) <= keys.MAX_NAME_BYTES
    assert made == keys.safe_filename(made)
