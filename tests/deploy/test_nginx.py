"""The answers that nginx gives by itself, in the format of the surface of their path."""

import http.client
import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ports import accepts, free_port
from tests.common.certificates import certificate_for
from tests.deploy import compose
from tests.programs import require

pytestmark = pytest.mark.system
CONFIGURATION = """\
{user}
pid {folder}/nginx.pid;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """nginx in front of a service that is away."""
    program = require("nginx")["nginx"]
    folder, https = tmp_path_factory.mktemp("nginx"), free_port()
    certificate = certificate_for("localhost", folder / "tls.crt")
    (folder / "tls.key").write_bytes(certificate.read_bytes())
    variables = {
        "WEB_ADDRESS": f"127.0.0.1:{free_port()}",
        "S3_ADDRESS": f"127.0.0.1:{free_port()}",
        "S3_BUCKET": "lumiku",
        "HTTP_LISTEN": f"127.0.0.1:{free_port()}",
        "HTTPS_LISTEN": f"127.0.0.1:{https}",
        "TLS_FOLDER": str(folder),
        "RESOLVER": "127.0.0.1",
    }
    site = (compose.ROOT / "deploy/nginx/lumiku.conf.template").read_text()
    for name, value in variables.items():
        site = site.replace(f"${{{name}}}", value)
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(CONFIGURATION.format(user=user, folder=folder))
    command = [program, "-p", str(folder), "-c", str(main), "-g", "daemon off;"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            while not accepts(https):
                assert process.poll() is None, (folder / "log").read_text()
            yield https
        finally:
            process.terminate()


def posted(port: int, path: str, *, announced: int) -> tuple[int, Any, Any]:
    """The answer to a POST that announces so many bytes; none of them need to be sent."""
    context = ssl._create_unverified_context()  # noqa: S323 - a certificate of our own
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    try:
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(announced))
        connection.endheaders(b"" if announced else None)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers
    finally:
        connection.close()


TOO_LARGE = "The request is too large"
SURFACES = [
    ("/v1.0/removebg", 400, {"errors": [{"title": TOO_LARGE, "code": "file_too_large"}]}),
    ("/api/remove", 400, {"detail": TOO_LARGE}),
    ("/api/remove-background", 413, {"detail": TOO_LARGE}),
    ("/auth/token", 413, {"detail": TOO_LARGE}),
    ("/process", 413, {"detail": TOO_LARGE}),
    ("/status/3fa85f64-5717-4562-b3fc-2c963f66afa6", 413, {"detail": TOO_LARGE}),
    ("/remove-bg", 400, {"error": "File too large"}),
    ("/remove-bg/batch", 400, {"error": "File too large"}),
]


@pytest.mark.parametrize(("path", "status", "body"), SURFACES)
def test_a_body_that_is_too_large(port: int, path: str, status: int, body: Any) -> None:
    found = posted(port, path, announced=3 * 1024**3)
    assert found[:2] == (status, body)
    assert found[2]["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("path", "body"), [(path, body) for path, _, body in SURFACES])
def test_a_service_that_is_away(port: int, path: str, body: Any) -> None:
    status, found, headers = posted(port, path, announced=0)
    assert (status, set(found)) == (503, set(body))
    assert "busy" in str(found)
    assert headers["Retry-After"] == "5"


def test_the_native_api_keeps_its_envelope(port: int) -> None:
    path = "/v1/background-remover/remove"
    status, body, _ = posted(port, path, announced=3 * 1024**3)
    assert (status, body["error"]["code"]) == (413, "FILE_TOO_LARGE")
    status, body, _ = posted(port, path, announced=0)
    assert (status, body["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
