"""The base of the endpoints of drop-in surfaces."""

from typing import Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import AuthContext, pinned_model
from common.http.views import ApiView
from common.users import UserRef
from integrations.compat.authentication import KeyAuthentication
from removal import model_choice
from removal.options import OptionFields


class CompatView(ApiView):
    """Base view of drop-in surfaces: authenticated by a key, and not part of the native document.

    Errors are rendered by the surface that the path belongs to (`settings.ERROR_FORMATS`).
    """

    schema = None
    authentication_classes = [KeyAuthentication]

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False):
            # These services say so to every caller, whether it named its origin or not.
            final.headers.setdefault("Access-Control-Allow-Origin", "*")
        return final


def customer(request: Request) -> UserRef:
    return cast(UserRef, request.user)


def caller(request: Request) -> str:
    """The key, or the kind of credential, that a repeated request has to come with again."""
    auth = request.auth
    return (auth.key_id or auth.kind) if isinstance(auth, AuthContext) else ""


def model_fields(request: Request, *, tier: str, wanted: str = "", usual: str = "") -> OptionFields:
    """The model that was asked for, that the key pins, or that the installation usually takes: the
    first of these that the tier has here.

    The tier chooses by itself where there is none; `X-Model` says which model ran.
    """
    offered = model_choice.installed(tier)
    asked = (wanted, pinned_model(request), usual)
    found = [name for name in asked if name in offered]
    return {"model": found[0]} if found else {}
