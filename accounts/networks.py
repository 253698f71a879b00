"""Networks that an account has logged in from, stored as keyed digests.

Without the key the database does not reveal the networks.
"""

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from accounts.addresses import normalise
from accounts.models import KnownNetwork, User

KEPT = timedelta(days=180)


def remember(user: User, network: str, *, now: datetime) -> None:
    """Store a network after a login, or after another proof of ownership, such as a reset by
    e-mail.
    """
    KnownNetwork.objects.bulk_create(
        [KnownNetwork(user=user, digest=_digest(network), seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "digest"],
        update_fields=["seen_at"],
    )


def is_known(address: str, network: str) -> bool:
    """Return whether the account of this address has logged in from the network. Known and unknown
    addresses cost one query each.
    """
    return KnownNetwork.objects.filter(
        user__email=normalise(address), digest=_digest(network)
    ).exists()


def forget(user: User) -> None:
    KnownNetwork.objects.filter(user=user).delete()


def purge(*, now: datetime) -> None:
    """Delete networks that have not been seen for `KEPT`."""
    KnownNetwork.objects.filter(seen_at__lt=now - KEPT).delete()


def _digest(network: str) -> str:
    return salted_hmac("accounts.networks", network, algorithm="sha256").hexdigest()
