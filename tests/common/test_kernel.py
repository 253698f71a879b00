"""The small parts: identifiers, request ids, routes, permissions, the success envelope."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from celery import signals
from celery.app.task import Context
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern

from common.http.auth import ALL_SCOPES, AuthContext, Scope
from common.http.envelope import ok
from common.http.errors import Forbidden, Unauthorized
from common.http.permissions import require_scope
from common.http.request_id import current_request_id, request_id
from common.http.routes import route
from common.ids import PublicIdField, new_id


class TestIds:
    def test_they_have_a_prefix_and_a_ulid(self) -> None:
        assert re.fullmatch(r"job_[0-9a-hjkmnp-tv-z]{26}", new_id("job"))

    def test_they_are_unique(self) -> None:
        assert len({new_id("job") for _ in range(10_000)}) == 10_000

    def test_the_field_survives_a_migration(self) -> None:
        field = PublicIdField(prefix="job")
        _, _, args, kwargs = field.deconstruct()
        again = PublicIdField(*args, **kwargs)
        assert kwargs == {"prefix": "job"}
        assert (again.max_length, again.unique) == (40, True)
        assert again.get_default().startswith("job_")


class Task:
    def __init__(self, request: Context) -> None:
        self.request = request


def test_every_answer_tells_the_version_of_the_server() -> None:
    for path in ("/health", "/v1/nowhere"):
        assert Client().get(path).headers["X-Server-Version"] == settings.VERSION


class TestRequestIds:
    def test_every_answer_has_one(self) -> None:
        assert re.fullmatch(r"req_\w{26}", Client().get("/health").headers["X-Request-Id"])

    def test_a_sane_one_is_adopted(self) -> None:
        response = Client().get("/health", headers={"X-Request-Id": "trace-1.a_B"})
        assert response.headers["X-Request-Id"] == "trace-1.a_B"

    @pytest.mark.parametrize("offered", ["", "a b", "x" * 65, "<script>", "a\r\nSet-Cookie: x"])
    def test_another_is_replaced(self, offered: str) -> None:
        response = Client().get("/health", headers={"X-Request-Id": offered})
        assert response.headers["X-Request-Id"].startswith("req_")

    def test_outside_of_a_request_there_is_none(self) -> None:
        assert current_request_id() == ""

    def test_a_task_takes_over_the_id_of_its_message(self) -> None:
        assert self.seen_by_a_task(request_id="req_1") == "req_1"
        assert current_request_id() == ""

    def test_a_task_without_one_gets_its_own(self) -> None:
        assert self.seen_by_a_task().startswith("req_")

    def test_a_task_that_runs_inside_a_request_gives_its_id_back(self) -> None:
        with request_id("req_outer"):
            assert self.seen_by_a_task(request_id="req_1") == "req_1"
            assert current_request_id() == "req_outer"

    def seen_by_a_task(self, **message_headers: str) -> str:
        task: Any = Task(Context(message_headers))
        signals.task_prerun.send(sender=task, task=task)
        seen = current_request_id()
        signals.task_postrun.send(sender=task, task=task)
        return seen

    def test_it_travels_in_the_headers_of_the_message(self) -> None:
        with request_id("req_1"):
            headers: dict[str, Any] = {}
            signals.before_task_publish.send(sender="x", headers=headers)
        assert headers == {"request_id": "req_1"}


def resolve(pattern: URLPattern, path: str) -> Any:
    found = pattern.resolve(path)
    if found is None:
        raise Resolver404
    return found.kwargs


def view(request: Any) -> HttpResponse:
    return HttpResponse()


class TestRoutes:
    @pytest.mark.parametrize("path", ["jobs/job_1", "jobs/job_1/"])
    def test_the_trailing_slash_is_optional(self, path: str) -> None:
        assert resolve(route("jobs/<id:job>", view), path) == {"job": "job_1"}

    def test_unless_the_path_is_exact(self) -> None:
        assert resolve(route("health", view, slash=False), "health") == {}
        with pytest.raises(Resolver404):
            resolve(route("health", view, slash=False), "health/")

    @pytest.mark.parametrize(
        "path", ["jobs/", "jobs/a/b", "jobs/a.b", "jobs/a%00", "xjobs/a", "jobs/a\n"]
    )
    def test_an_id_is_one_plain_segment(self, path: str) -> None:
        with pytest.raises(Resolver404):
            resolve(route("jobs/<id:job>", view), path)

    def test_dots_are_literal(self) -> None:
        assert resolve(route("v1.0/<name>", view), "v1.0/x.y") == {"name": "x.y"}
        with pytest.raises(Resolver404):
            resolve(route("v1.0", view), "v1x0")


def request_of(user: Any, auth: Any = None) -> Any:
    return SimpleNamespace(user=user, auth=auth)


VIEW: Any = None
PERSON = SimpleNamespace(is_authenticated=True)


class TestPermissions:
    allowed = require_scope(Scope.REMOVAL_WRITE)()

    def test_a_key_with_the_scope_passes(self) -> None:
        auth = AuthContext("api_key", frozenset({Scope.REMOVAL_WRITE}))
        assert self.allowed.has_permission(request_of(PERSON, auth), VIEW)

    def test_a_session_has_every_scope(self) -> None:
        assert self.allowed.has_permission(request_of(PERSON, AuthContext("session")), VIEW)
        assert AuthContext("jwt").scopes == ALL_SCOPES

    def test_a_key_without_it_is_told_which_it_needs(self) -> None:
        auth = AuthContext("api_key", frozenset({Scope.BILLING_READ}))
        with pytest.raises(Forbidden) as caught:
            self.allowed.has_permission(request_of(PERSON, auth), VIEW)
        assert caught.value.details == {
            "requiredScope": "removal:write",
            "scopes": ["billing:read"],
        }

    def test_no_login_is_asked_for(self) -> None:
        with pytest.raises(Unauthorized):
            self.allowed.has_permission(request_of(AnonymousUser()), VIEW)


def test_the_success_envelope() -> None:
    response = ok({"a": 1}, status=201, headers={"Location": "/x"})
    assert response.data == {"success": True, "data": {"a": 1}}
    assert (response.status_code, response.headers["Location"]) == (201, "/x")
