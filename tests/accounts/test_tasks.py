from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts import services, tasks
from accounts.models import LoginSession, RefreshToken
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_purge_deletes_expired_tokens() -> None:
    user, now = UserFactory(), timezone.now()
    services.open_session(user=user, now=now - timedelta(seconds=settings.JWT_REFRESH_S + 1))
    kept = services.open_session(user=user, now=now)

    tasks.purge_tokens(unknown_argument=1)

    assert LoginSession.objects.count() == 1
    assert services.rotate(refresh_token=kept.refresh, now=now).user == user


def test_purge_keeps_used_tokens_that_would_reveal_reuse() -> None:
    tokens = services.open_session(user=UserFactory(), now=timezone.now())
    services.rotate(refresh_token=tokens.refresh, now=timezone.now())

    tasks.purge_tokens()

    assert RefreshToken.objects.count() == 2
