"""Networks that an account has logged in from, kept as keyed digests.

The database alone does not say which networks they were.
"""

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from accounts.addresses import normalise
from accounts.models import KnownNetwork, User

KEPT = timedelta(days=180)


def remember(user: User, network: str, *, now: datetime) -> None:
    """Note a login, or another proof that the owner is there, such as a reset by e-mail."""
    KnownNetwork.objects.bulk_create(
        [KnownNetwork(user=user, digest=_digest(network), seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "digest"],
        update_fields=["seen_at"],
    )


def is_known(address: str, network: str) -> bool:
    """Whether the account of this address has logged in from there; one query in any case."""
    return KnownNetwork.objects.filter(
        user__email=normalise(address), digest=_digest(network)
    ).exists()


def forget(user: User) -> None:
    KnownNetwork.objects.filter(user=user).delete()


def purge(*, now: datetime) -> None:
    """Forget what was not seen for `KEPT`."""
    KnownNetwork.objects.filter(seen_at__lt=now - KEPT).delete()


def _digest(network: str) -> str:
    return salted_hmac("accounts.networks", network, algorithm="sha256").hexdigest()
