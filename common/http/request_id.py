"""Request identifier, carried through logs, tasks and answers."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from celery import signals
from django.http import HttpRequest, HttpResponse

from common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The identifier of the request or task at hand, or an empty string outside of one."""
    return _current.get()


def adopt(offered: str) -> str:
    """A caller's own identifier if it is a sane one, else a new one."""
    return offered if _SANE.fullmatch(offered) else new_id("req")


@contextmanager
def request_id(value: str) -> "Iterator[str]":
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)


class RequestIdMiddleware:
    """Adopts a caller's sane `X-Request-Id` or makes one, and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with request_id(adopt(request.headers.get(HEADER, ""))) as chosen:
            response = self.get_response(request)
        response.headers[HEADER] = chosen
        return response


@signals.before_task_publish.connect
def _send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and current_request_id():
        headers["request_id"] = current_request_id()


@signals.task_prerun.connect
def _take_over(task: Any = None, **_: Any) -> None:
    task.request.outer_request_id = _current.get()
    _current.set(getattr(task.request, "request_id", None) or new_id("req"))


@signals.task_postrun.connect
def _let_go(task: Any = None, **_: Any) -> None:
    _current.set(getattr(task.request, "outer_request_id", None) or "")
