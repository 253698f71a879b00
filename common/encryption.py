"""Symmetric encryption of secrets that the service has to read back, such as a partner's token.

Secrets that are only compared are hashed instead (`accounts` keeps API keys so). The key is derived
from `SECRET_KEY`; values sealed under an entry of `SECRET_KEY_FALLBACKS` can still be opened, so
that the key can be replaced.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"lumiku secrets at rest v1"


class CannotDecrypt(Exception):
    """A value was encrypted under a key that this installation no longer has, or was altered."""


def encrypt(text: str) -> str:
    """The text encrypted and authenticated (Fernet), as ASCII; "" stays ""."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def decrypt(sealed: str) -> str:
    """The text that `encrypt` was given. Raises `CannotDecrypt`."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt("SECRET_KEY has changed; enter the secret again") from None


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
