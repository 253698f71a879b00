"""Endpoints of a user's API keys."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import openapi, queries, serializers, services
from accounts.models import ApiKey
from accounts.second_factor import queries as second_factor
from accounts.views.caller import key_of, scopes_of, user_of
from accounts.views.rendering import NO_STORE
from billing.spending import services as spending
from billing.spending.services import CapState
from common.http.auth import Scope, api_key_of
from common.http.envelope import ok
from common.http.errors import (
    Conflict,
    Forbidden,
    InsufficientPermissions,
    InvalidInput,
    NotFound,
    Unauthorized,
)
from common.http.openapi import errors, success
from common.http.permissions import require_scope
from common.http.views import ApiView

KEY_ID = OpenApiParameter("key_id", str, OpenApiParameter.PATH, description="`key_…`")


class ApiKeys(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="List the API keys that work",
        description=(
            "Newest first; revoked and expired keys are left out, and no secret is shown."
        ),
        responses={
            200: success(
                "ApiKeyList",
                serializers.ApiKeyListSerializer,
                description="The keys that work, newest first",
                example={"apiKeys": [openapi.API_KEY]},
            ),
            **errors(Unauthorized, Forbidden),
        },
    )
    def get(self, request: Request) -> Response:
        user = user_of(request)
        keys = queries.live_keys(user, now=timezone.now())
        caps = spending.states(user_id=user.pk)
        return ok({"apiKeys": [_shown(key, caps) for key in keys]})

    @extend_schema(
        tags=[openapi.TAG],
        summary="Make an API key",
        description=(
            "The secret `apiKey` is shown this once. Two keys may work at a time, so that a new "
            "one can replace the old one without a gap; a third is refused with 409. A `model` "
            "that no tier uses is a 400 that names those that some tier does."
        ),
        request=serializers.NewApiKeySerializer,
        responses={
            201: success(
                "ApiKeyIssued",
                serializers.IssuedApiKeySerializer,
                description="The key and its secret",
                example=openapi.ISSUED_API_KEY,
            ),
            **errors(InsufficientPermissions, Conflict),
        },
        examples=[
            openapi.request_example(
                {"name": "Nightly import", "scopes": ["removal:read", "removal:write"]}
            )
        ],
    )
    def post(self, request: Request) -> Response:
        given, user, now = (
            self.body(serializers.NewApiKeySerializer),
            user_of(request),
            timezone.now(),
        )
        key, secret = services.issue_api_key(
            user=user,
            name=given["name"],
            scopes=[Scope(scope) for scope in given["scopes"]],
            expires_at=given["expiresAt"],
            model=given["model"],
            cap=given["spendingCap"],
            made_by=api_key_of(request),
            grantable=scopes_of(request),
            second_factor_at=second_factor.of_new_key(user, made_by=key_of(request), now=now),
            now=now,
        )
        body = {**_shown(key, spending.states(user_id=user.pk)), "apiKey": secret}
        return ok(body, status=201, headers=NO_STORE)


class ApiKeyDetail(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @extend_schema(
        tags=[openapi.TAG],
        summary="Change an API key",
        description=(
            "Gives it another `name`, another pinned `model` or another `spendingCap`; the secret "
            "and its scopes stay. The model holds for pictures that are sent from now on: what was "
            "accepted before keeps the one that it was accepted with. An unknown model is a 400 "
            "that names the known ones. A cap counts what the key has spent in the period before, "
            "and what would exceed it is refused with 402 `SPENDING_CAP_REACHED`. An API key that "
            "has a cap itself can change no key (403)."
        ),
        parameters=[KEY_ID],
        request=serializers.ChangeApiKeySerializer,
        responses={
            200: success(
                "ApiKeyChanged",
                serializers.ApiKeySerializer,
                description="The key as it is now",
                example=openapi.API_KEY,
            ),
            **errors(InvalidInput, Unauthorized, Forbidden, NotFound),
        },
        examples=[openapi.request_example({"name": "Nightly export", "model": "u2net"})],
    )
    def patch(self, request: Request, key_id: str) -> Response:
        given, user = self.body(serializers.ChangeApiKeySerializer), user_of(request)
        key = services.change_api_key(
            user=user,
            key_id=key_id,
            name=given.get("name"),
            model=given.get("model"),
            cap=(given["spendingCap"] or "none") if "spendingCap" in given else None,
            made_by=api_key_of(request),
            now=timezone.now(),
        )
        return ok(_shown(key, spending.states(user_id=user.pk)))

    @extend_schema(
        tags=[openapi.TAG],
        summary="Revoke an API key",
        description="The key stops working at once.",
        parameters=[KEY_ID],
        request=None,
        responses={
            200: success(
                "ApiKeyRevoked",
                serializers.RevokedApiKeySerializer,
                description="The key no longer works",
                example={"id": openapi.API_KEY["id"], "revoked": True},
            ),
            **errors(Unauthorized, Forbidden, NotFound),
        },
    )
    def delete(self, request: Request, key_id: str) -> Response:
        services.revoke_api_key(user=user_of(request), key_id=key_id, now=timezone.now())
        result: dict[str, Any] = {"id": key_id, "revoked": True}
        return ok(result)


def _shown(key: ApiKey, caps: Mapping[str, CapState]) -> dict[str, Any]:
    return dict(serializers.ApiKeySerializer(key, context={"caps": caps}).data)
