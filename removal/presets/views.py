"""Endpoints of presets: parse, one service, render."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.auth import Scope
from common.http.envelope import ok
from common.http.errors import timestamp
from common.http.permissions import require_scope
from common.http.views import ApiView
from common.users import UserRef
from removal.models import Preset
from removal.presets import openapi, serializers, services
from removal.presets.catalogue import BUILT_IN, BuiltIn


class _PresetView(ApiView):
    def get_permissions(self) -> list[Any]:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        return [require_scope(Scope.REMOVAL_READ if reading else Scope.REMOVAL_WRITE)()]


class PresetsView(_PresetView):
    @openapi.list_presets
    def get(self, request: Request) -> Response:
        own = services.saved(user_id=_user_id(request))
        presets = [*map(_built_in, BUILT_IN.values()), *map(_saved, own)]
        return ok({"presets": presets, "maxPresets": services.MAX_PRESETS})

    @openapi.create_preset
    def post(self, request: Request) -> Response:
        given = self.body(serializers.NewPresetSerializer)
        preset = services.create(
            user_id=_user_id(request),
            name=given["name"],
            title=given.get("title", ""),
            fields=given["options"],
            now=timezone.now(),
        )
        return ok(_saved(preset), status=201)


class PresetView(_PresetView):
    @openapi.change_preset
    def patch(self, request: Request, name: str) -> Response:
        given = self.body(serializers.ChangedPresetSerializer)
        preset = services.change(
            user_id=_user_id(request),
            name=name,
            title=given.get("title", ""),
            fields=given.get("options"),
            now=timezone.now(),
        )
        return ok(_saved(preset))

    @openapi.delete_preset
    def delete(self, request: Request, name: str) -> Response:
        services.delete(user_id=_user_id(request), name=name)
        return Response(status=204)


def _user_id(request: Request) -> int:
    user = cast(UserRef, request.user)
    return int(user.pk)


def _built_in(preset: BuiltIn) -> dict[str, Any]:
    return {
        "name": preset.name,
        "title": preset.title,
        "builtIn": True,
        "options": preset.fields,
        "source": preset.source or None,
        "updatedAt": None,
    }


def _saved(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "title": preset.title,
        "builtIn": False,
        "options": preset.options,
        "source": None,
        "updatedAt": timestamp(preset.updated_at),
    }
