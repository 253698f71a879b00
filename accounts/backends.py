"""Django authentication backend of the operators' pages, with the limits on guessing."""

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import guard
from accounts.addresses import normalise
from accounts.models import User
from common.http.errors import ApiError

logger = logging.getLogger(__name__)


class GuardedBackend(ModelBackend):
    """Django's password check with the rate limit of `POST /auth/login`, counted separately.

    It raises `PermissionDenied`, which Django shows as wrong credentials.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User:
        address = normalise(username or kwargs.get(User.USERNAME_FIELD) or "")
        try:
            if request is None:
                return self._verified(request, address, password)
            origin = guard.origin_of(request, surface="operators")
            guard.limit_network(origin)
            with guard.against_guessing(address, origin):
                return self._verified(request, address, password)
        except ApiError as refusal:
            logger.warning("login refused: %s", refusal.code)
            raise PermissionDenied from refusal

    def _verified(self, request: HttpRequest | None, address: str, password: str | None) -> User:
        user = super().authenticate(request, username=address, password=password)
        if not isinstance(user, User):
            raise PermissionDenied
        return user
