"""Keys of PhotoRoom's clients: with `sandbox_` before it, a key is a test key."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request

from common.http.auth import AuthContext
from integrations.compat.authentication import KeyAuthentication

PREFIX = "sandbox_"


class KeyOrSandboxKey(KeyAuthentication):
    """An API key, or `sandbox_` and an API key, for tests of its owner that cost nothing."""

    def resolve(self, request: Request, credential: str) -> tuple[Any, AuthContext]:
        user, auth = super().resolve(request, credential.removeprefix(PREFIX))
        return user, replace(auth, sandbox=credential.startswith(PREFIX))


def is_test(request: Request) -> bool:
    """Whether the request came with a test key."""
    return isinstance(request.auth, AuthContext) and request.auth.sandbox
