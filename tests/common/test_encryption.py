from typing import Any

import pytest

from common.encryption import CannotDecrypt, decrypt, encrypt


def test_a_secret_is_read_back_and_is_not_legible_meanwhile() -> None:
    sealed = encrypt("token-of-a-partner")
    assert "partner" not in sealed
    assert decrypt(sealed) == "token-of-a-partner"


def test_nothing_stays_nothing() -> None:
    assert (encrypt(""), decrypt("")) == ("", "")


def test_a_secret_survives_the_replacement_of_the_key(settings: Any) -> None:
    sealed = encrypt("token")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-installation"
    assert decrypt(sealed) == "token"


def test_under_another_key_it_cannot_be_read(settings: Any) -> None:
    sealed = encrypt("token")
    settings.SECRET_KEY = "another-key-of-this-installation"
    with pytest.raises(CannotDecrypt):
        decrypt(sealed)


def test_an_altered_secret_is_refused() -> None:
    sealed = encrypt("token")
    with pytest.raises(CannotDecrypt):
        decrypt(sealed[:-6] + "AAAAA=")
