"""The part of an account's erasure that concerns webhooks."""

from datetime import datetime

from common.users import UserRef
from integrations.webhooks.models import Delivery, SigningSecret


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`: delete deliveries with their addresses, and the
    secrets.
    """
    Delivery.objects.filter(user_id=user.pk).delete()
    SigningSecret.objects.filter(user_id=user.pk).delete()
    return True
