"""Endpoints that exist only to exercise the shared kernel."""

import threading
import time
from typing import Any

from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import media
from common.http.envelope import ok
from common.http.errors import ApiError, Conflict, RateLimited, ServiceUnavailable
from common.http.idempotency.views import IdempotentMixin
from common.http.pagination import PageQuerySerializer
from common.http.parsers import FormParser, JsonParser
from common.http.routes import route
from common.http.serializers import StrictSerializer
from common.http.views import ApiView
from common.observability import health, metrics


class EchoSerializer(StrictSerializer):
    name = serializers.CharField(max_length=20)
    count = serializers.IntegerField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)


class UploadSerializer(StrictSerializer):
    image = serializers.FileField()
    tier = serializers.ChoiceField(["basic", "standard"])
    photos = serializers.ListField(child=serializers.FileField(), required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)


class Echo(ApiView):
    permission_classes = [AllowAny]
    rate_policy = "anonymous"

    def get(self, request: Request, name: str = "") -> Response:
        return ok({"name": name, **self.query(PageQuerySerializer)})

    def post(self, request: Request) -> Response:
        return ok(self.body(EchoSerializer))


class Upload(ApiView):
    permission_classes = [AllowAny]
    parser_classes = [FormParser, JsonParser]

    def post(self, request: Request) -> Response:
        fields = self.body(UploadSerializer)
        return ok({**fields, "image": fields["image"].size})


class Limited(ApiView):
    permission_classes = [AllowAny]
    rate_policy = "single"

    def get(self, request: Request) -> Response:
        return ok({})

    def post(self, request: Request) -> Response:
        raise Conflict()


class Pay(IdempotentMixin, ApiView):
    """Counts how often it really runs; `outcome` says how it ends."""

    permission_classes = [IsAuthenticated]
    parser_classes = [FormParser, JsonParser]
    throttle_classes = []
    runs: list[str | None] = []
    lock = threading.Lock()
    outcomes: dict[str, ApiError] = {
        "conflict": Conflict(),
        "under way": Conflict(headers={"Retry-After": "2"}),
        "busy": ServiceUnavailable(),
        "limited": RateLimited("Too many requests"),
    }

    def post(self, request: Request, account: str = "") -> Response:
        fields: Any = request.data
        outcome = str(fields.get("outcome", ""))
        with self.lock:
            self.runs.append(self.idempotency_key)
        if outcome == "crash":
            raise RuntimeError("boom")
        if outcome == "slow":
            time.sleep(0.3)
        if outcome in self.outcomes:
            raise self.outcomes[outcome]
        return ok({"run": len(self.runs), "account": account}, status=201)


class Failing(ApiView):
    permission_classes = [AllowAny]
    failures: dict[str, Exception] = {
        "bug": ZeroDivisionError("password=hunter2"),
        "database": OperationalError("connection lost"),
        "data": DataError("integer out of range"),
    }

    def get(self, request: Request, kind: str) -> Response:
        raise self.failures[kind]


def plain_bug(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def named(key: str) -> str | None:
    """Some files are not to be served, and some are called other than their keys."""
    name = media.own_name(key)
    return {"unpaid.png": None, "job_9.png": "removed-my photo.png"}.get(name, name)


urlpatterns: list[URLPattern] = [
    route("echo", Echo.as_view(), name="echo"),
    route("echo/<name>", Echo.as_view(), name="echo-name"),
    route("upload", Upload.as_view(), name="upload"),
    route("limited", Limited.as_view(), name="limited"),
    route("pay", Pay.as_view(), name="pay"),
    route("pay/<id:account>", Pay.as_view(), name="pay-account"),
    route("failing/<kind>", Failing.as_view(), name="failing"),
    route("plain-bug", plain_bug, name="plain-bug"),
    route("health", health.health_view, name="health", slash=False),
    route("ready", health.readiness, name="ready", slash=False),
    route("metrics", metrics.metrics_view, name="metrics", slash=False),
    *media.urls({"uploads": media.own_name, "processed": named}),
]

handler400: Any = "common.http.errors.bad_request"
handler404: Any = "common.http.errors.not_found"
handler500: Any = "common.http.errors.server_error"
