"""Endpoints of a user's API keys."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries, serializers, services
from accounts.models import ApiKey
from accounts.openapi import api_keys as openapi
from accounts.second_factor import queries as second_factor
from accounts.views.caller import key_of, scopes_of, user_of
from accounts.views.rendering import NO_STORE
from billing.spending import services as spending
from billing.spending.services import CapState
from common.http.auth import Scope, api_key_of
from common.http.envelope import ok
from common.http.permissions import require_scope
from common.http.views import ApiView


class ApiKeys(ApiView):
    permission_classes = [require_scope(Scope.ACCOUNT_WRITE)]

    @openapi.list_keys
    def get(self, request: Request) -> Response:
        user = user_of(request)
        keys = queries.live_keys(user, now=timezone.now())
        caps = spending.states(user_id=user.pk)
        return ok({"apiKeys": [_shown(key, caps) for key in keys]})

    @openapi.issue_key
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

    @openapi.change_key
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

    @openapi.revoke_key
    def delete(self, request: Request, key_id: str) -> Response:
        services.revoke_api_key(user=user_of(request), key_id=key_id, now=timezone.now())
        result: dict[str, Any] = {"id": key_id, "revoked": True}
        return ok(result)


def _shown(key: ApiKey, caps: Mapping[str, CapState]) -> dict[str, Any]:
    return dict(serializers.ApiKeySerializer(key, context={"caps": caps}).data)
