"""The secrets with which an account's deliveries are signed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from common.encryption import encrypt
from integrations.models import SigningSecret
from integrations.webhooks.signing import PREFIX, new_secret

OVERLAP = timedelta(hours=24)
_ENCRYPTED_AT_ONCE = 1000


def valid(*, user_id: int, now: datetime) -> Sequence[SigningSecret]:
    """The current secret, created on first use, and the previous one while it still signs."""
    found = _unexpired(user_id, now)
    if all(secret.expires_at for secret in found):
        _make(user_id=user_id, now=now)
        found = _unexpired(user_id, now)
    return found


@transaction.atomic
def rotate(*, user_id: int, now: datetime) -> Sequence[SigningSecret]:
    """Create a new current secret; the previous one goes on signing for `OVERLAP`.

    At most two secrets are valid: one that was already expiring ends now.
    """
    mine = SigningSecret.objects.filter(user_id=user_id)
    current = mine.filter(expires_at__isnull=True).select_for_update().first()
    mine.exclude(expires_at__isnull=True).delete()
    if current is not None:
        current.expires_at = now + OVERLAP
        current.save(update_fields=["expires_at"])
    _make(user_id=user_id, now=now)
    return _unexpired(user_id, now)


def encrypt_plain() -> int:
    """Encrypt some of the secrets that the previous release stored as they are, while it still ran
    during an upgrade; returns how many.
    """
    plain = SigningSecret.objects.filter(stored__startswith=PREFIX).values_list("pk", "stored")
    found = list(plain[:_ENCRYPTED_AT_ONCE])
    return sum(
        # Only if it is the same still: it may be deleted or encrypted meanwhile.
        SigningSecret.objects.filter(pk=pk, stored=stored).update(stored=encrypt(stored))
        for pk, stored in found
    )


def _unexpired(user_id: int, now: datetime) -> Sequence[SigningSecret]:
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return list(SigningSecret.objects.filter(unexpired, user_id=user_id).order_by("-pk"))


def _make(*, user_id: int, now: datetime) -> None:
    try:
        with transaction.atomic():
            SigningSecret.objects.create(
                user_id=user_id, stored=encrypt(new_secret()), created_at=now
            )
    except IntegrityError:
        # A concurrent request has created it; its secret serves as well.
        return
