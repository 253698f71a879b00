"""The outermost layer under the real server."""

import errno
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from django.core.asgi import get_asgi_application

from common.http.asgi import BodyLimit, LargeForms
from common.http.errors import ApiError, Unauthorized
from tests.common.http import JSON, multipart

LIMIT = 100_000
FORM = "multipart/form-data; boundary=xyz"
FILE = 'Content-Disposition: form-data; name="image"; filename="a.jpg"'
TIER = 'Content-Disposition: form-data; name="tier"'


@contextmanager
def running(app: Any) -> Iterator[int]:
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def port() -> Iterator[int]:
    with running(BodyLimit(get_asgi_application(), max_bytes=LIMIT)) as port:
        yield port


def send(
    port: int, path: str, body: Any = None, *, method: str = "POST", **headers: str
) -> tuple[int, dict[str, Any], http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, names, encode_chunked=hasattr(body, "__next__"))
        response = connection.getresponse()
        return response.status, json.loads(response.read()), response
    finally:
        connection.close()


def form(size: int) -> bytes:
    return multipart((FILE, b"x" * size), (TIER, b"basic"))


def pieces(body: bytes) -> Iterator[bytes]:
    """A body of unknown length: the client sends it chunked."""
    yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))


def refused(status: int, answer: dict[str, Any]) -> bool:
    return (status, answer["error"]["code"]) == (400, "FILE_TOO_LARGE")


def test_a_body_within_the_limit_goes_through(port: int) -> None:
    status, answer, _ = send(port, "/upload", form(90_000), Content_Type=FORM)
    assert (status, answer["data"]["image"]) == (200, 90_000)


def test_a_chunked_body_is_read_too(port: int) -> None:
    status, answer, _ = send(
        port, "/upload", pieces(form(90_000)), Content_Type=FORM, Transfer_Encoding="chunked"
    )
    assert (status, answer["data"]["image"]) == (200, 90_000)


@pytest.mark.parametrize("size", [LIMIT, 3 * LIMIT, 20 * LIMIT])
def test_a_declared_body_over_the_limit_is_refused(port: int, size: int) -> None:
    try:
        status, answer, response = send(port, "/upload", form(size), Content_Type=FORM)
    except (BrokenPipeError, ConnectionResetError):
        assert size > 4 * LIMIT
        return
    assert refused(status, answer)
    assert answer["error"]["details"] == {"maxBytes": LIMIT}
    assert answer["error"]["requestId"] == response.headers["X-Request-Id"]


def test_a_chunked_body_over_the_limit_is_refused(port: int) -> None:
    status, answer, _ = send(
        port, "/upload", pieces(form(3 * LIMIT)), Content_Type=FORM, Transfer_Encoding="chunked"
    )
    assert refused(status, answer)


def test_a_client_that_sends_expect_is_refused_at_once(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", str(10**12))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    response = connection.getresponse()
    assert refused(response.status, json.loads(response.read()))
    connection.close()


@contextmanager
def impatient() -> Iterator[int]:
    app = BodyLimit(get_asgi_application(), max_bytes=LIMIT, idle_s=0.2)
    with running(app) as port:
        yield port


def announced(port: int, length: int, body: bytes) -> tuple[int, bytes]:
    """The answer up to the server's close, when only `body` of the announced bytes is sent."""
    head = f"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + body)
        answer = b""
        while data := line.recv(65_536):
            answer += data
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("sent", [0, 1, 900])
def test_a_body_shorter_than_announced_holds_no_socket(sent: int) -> None:
    with impatient() as port:
        status, answer = announced(port, 1000, form(900)[:sent])
    assert status == 408
    assert b"REQUEST_TIMEOUT" in answer


@pytest.mark.parametrize("length", [10 * LIMIT, 10**17, 10**19])
def test_nor_does_one_that_is_announced_as_too_large(length: int) -> None:
    with impatient() as port:
        status, _ = announced(port, length, b"x")
    assert status == 400


def test_nor_does_the_form_of_a_batch_whose_sender_is_refused() -> None:
    async def closed(_: Any) -> ApiError:
        return Unauthorized()

    forms = LargeForms(path=re.compile("/upload"), max_bytes=10**9, early_auth=closed)
    app = BodyLimit(get_asgi_application(), max_bytes=LIMIT, idle_s=0.2, large=[forms])
    begun = time.monotonic()
    with running(app) as port:
        status, _ = announced(port, 10**8, b"x")
    assert status == 401
    assert time.monotonic() - begun < forms.idle_s


def test_a_slow_drip_into_a_refused_body_ends_too() -> None:
    with (
        impatient() as port,
        socket.create_connection(("127.0.0.1", port), timeout=30) as line,
    ):
        line.sendall(b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n")
        line.settimeout(0.05)
        answer = b""
        while not answer:
            line.sendall(b"x")
            with suppress(TimeoutError):
                answer = line.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 400")


def test_the_callers_request_id_is_kept(port: int) -> None:
    _, answer, response = send(port, "/upload", form(LIMIT), X_Request_Id="req_mine")
    assert answer["error"]["requestId"] == response.headers["X-Request-Id"] == "req_mine"


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary*=no-such''x"])
def test_pages_of_other_origins_may_read_a_refusal(port: int, content_type: str) -> None:
    size = LIMIT if content_type == FORM else 10
    _, answer, response = send(
        port, "/upload", form(size), Content_Type=content_type, Origin="https://shop.example.com"
    )
    assert answer["success"] is False
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_the_server_goes_on_after_a_refusal(port: int) -> None:
    send(port, "/upload", form(LIMIT), Content_Type=FORM)
    assert send(port, "/health", method="GET")[1] == {"status": "healthy"}


@pytest.mark.parametrize("charset", ["hex", "rot13", "base64", "idna", "no-such"])
def test_bodies_and_queries_are_utf8_whatever_charset_is_claimed(port: int, charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    status, answer, _ = send(port, "/echo?x=%ff", b'{"name": "x"}', Content_Type=content_type)
    assert (status, answer["data"]) == (200, {"name": "x"})


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary*=no-such''x", "application/json; charset*=no-such''%ff"],
)
def test_headers_that_django_cannot_read_are_a_typed_400(port: int, content_type: str) -> None:
    status, answer, _ = send(port, "/echo", b'{"name": "x"}', Content_Type=content_type)
    assert (status, answer["error"]["code"]) == (400, "INVALID_INPUT")


def test_too_many_parameters_are_a_typed_400(port: int) -> None:
    query = "&".join(f"a{n}=1" for n in range(2000))
    status, answer, _ = send(port, f"/echo?{query}", b"{}", Content_Type=f"{JSON}; charset=utf-8")
    assert (status, answer["error"]["code"]) == (400, "INVALID_INPUT")


def test_nothing_is_kept_of_what_is_too_large() -> None:
    held: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen = 0
        while (message := await receive()).get("more_body"):
            seen += len(message["body"])
            held.append(seen)

    with running(BodyLimit(app, max_bytes=LIMIT)) as port:
        assert refused(*send(port, "/", pieces(form(3 * LIMIT)), Transfer_Encoding="chunked")[:2])
    assert max(held, default=0) <= LIMIT


def failing(problem: OSError) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise problem

    return BodyLimit(app, max_bytes=LIMIT)


def test_a_full_disk_is_a_typed_503() -> None:
    with running(failing(OSError(errno.ENOSPC, "No space left on device"))) as port:
        status, answer, response = send(port, "/", form(50_000))
    assert (status, answer["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert response.headers["Retry-After"] == "60"


def test_an_error_after_the_answer_began_is_the_servers_matter() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("late")

    with running(BodyLimit(app, max_bytes=LIMIT)) as port, pytest.raises(http.client.HTTPException):
        send(port, "/", b"")
