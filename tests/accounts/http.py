"""Helpers that call the API and run the tasks that it queued."""

from contextlib import suppress
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from common.mail import delivery
from config.celery import app

JSON = "application/json"


def call(
    method: str,
    path: str,
    body: Any = None,
    *,
    auth: str = "",
    client: Client | None = None,
    **headers: str,
) -> Any:
    """Send JSON to `/v1{path}`; `auth` is the whole Authorization header."""
    sent = {**headers, **({"Authorization": auth} if auth else {})}
    kwargs: dict[str, Any] = {"content_type": JSON, "headers": sent}
    if body is not None:
        kwargs["data"] = body
    return getattr(client or Client(), method)(f"/v1{path}", **kwargs)


def post(path: str, body: Any = None, **kwargs: Any) -> Any:
    return call("post", path, {} if body is None else body, **kwargs)


def get(path: str, **kwargs: Any) -> Any:
    return call("get", path, **kwargs)


def error(response: Any) -> dict[str, Any]:
    """The error of an answer that must be in the envelope."""
    body = response.json()
    assert body["success"] is False
    assert body["error"]["requestId"] == response.headers["X-Request-Id"]
    return dict(body["error"])


def code(response: Any) -> str:
    return str(error(response)["code"])


def run_queued(queue: str = "maintenance") -> list[str]:
    """Run every task waiting in the real broker, in this process; returns their names."""
    app.loader.import_default_modules()
    ran = []
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        while message := _next(waiting):
            args, kwargs, _ = message.payload
            app.tasks[message.headers["task"]].apply(args, kwargs, throw=True)
            ran.append(message.headers["task"])
    return ran


def run_mails() -> list[EmailMessage]:
    """Send the mails in the outbox; returns those that were sent by this call."""
    before = len(mail.outbox)
    delivery.send_due()
    return list(mail.outbox[before:])


def _next(waiting: Any) -> Any:
    with suppress(waiting.Empty):
        message = waiting.get_nowait()
        message.ack()
        return message
    return None
