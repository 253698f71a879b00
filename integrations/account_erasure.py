"""The part of an account's erasure that concerns webhooks."""

from datetime import datetime

from common.users import UserRef
from integrations.compat.models import Repeat
from integrations.webhooks.models import Delivery, SigningSecret


def erase(*, user: UserRef, now: datetime) -> bool:
    """A step of `common.account_erasure`: delete deliveries with their addresses, the secrets, and
    what is kept of requests without an answer.
    """
    Repeat.objects.filter(user_id=user.pk).delete()
    Delivery.objects.filter(user_id=user.pk).delete()
    SigningSecret.objects.filter(user_id=user.pk).delete()
    return True
