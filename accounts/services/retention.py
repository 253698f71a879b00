"""Deletion of expired tokens and sessions."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts import networks
from accounts.models import LoginSession, RefreshToken


def purge_tokens(*, now: datetime) -> None:
    """Delete expired refresh tokens, login sessions without any, and networks not seen for long."""
    RefreshToken.objects.filter(expires_at__lte=now).delete()
    left = RefreshToken.objects.filter(family=OuterRef("pk"))
    LoginSession.objects.filter(~Exists(left), created_at__lte=now).delete()
    networks.purge(now=now)
