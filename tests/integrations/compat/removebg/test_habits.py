"""Sequences of requests that the Ruby gem, the Go client and the Python packages make.

The gem and the Go client cannot be installed here, so their requests are written after what their
sources do; the Python packages themselves are run.
"""

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from config.asgi import application
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.removal.factories import customer, photo, working

pytestmark = pytest.mark.django_db(transaction=True)
BOUNDARY = "-----------RubyMultipartPost-4b0e"
CAT = Path(__file__).parents[4] / "samples" / "chelsea.jpg"


@pytest.fixture
def port(db: None) -> Iterator[int]:
    with running(application) as port:
        yield port


def form(image: bytes, **fields: str) -> bytes:
    """A multipart form of texts, and of the picture last."""
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = "".join(lines) + (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
        'name="image_file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return head.encode() + image + f"\r\n--{BOUNDARY}--\r\n".encode()


def request(key: str, body: bytes, *, agent: str) -> bytes:
    head = (
        f"POST /v1.0/removebg HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {key}\r\n"
        f"User-Agent: {agent}\r\nAccept: */*\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answered(port: int, sent: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


def composed(archive: bytes) -> Image.Image:
    """The PNG that a client makes of a zip, opening its entries by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        colour = Image.open(io.BytesIO(entries.read("color.jpg"))).convert("RGB")
        colour.putalpha(Image.open(io.BytesIO(entries.read("alpha.png"))).convert("L"))
    return colour


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def test_the_gem_sends_its_request_again_after_a_time_out_and_pays_once(
    port: int, owner: User
) -> None:
    sent = request(
        api_key_for(owner),
        form(photo(), size="auto", format="zip", type="", crop="false"),
        agent="Faraday v2",
    )
    # Two attempts whose connection breaks while no worker is there.
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(sent)
            while not Job.objects.exists():
                pass
    with working():
        answer, body = answered(port, sent)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
    assert composed(body).size == (96, 64)
    assert Job.objects.count() == 1
    assert ledger.balance(user_id=owner.pk).available == 92


def test_the_gem_reads_exactly_these_names_of_an_account(port: int, owner: User) -> None:
    sent = f"GET /v1.0/account HTTP/1.1\r\nHost: x\r\nX-Api-Key: {api_key_for(owner)}\r\n\r\n"
    sent = sent.replace("Host: x", "Host: 127.0.0.1")
    found = json.loads(answered(port, sent.encode())[1])["data"]["attributes"]
    assert set(found["credits"]) == {"total", "subscription", "payg", "enterprise"}
    assert set(found["api"]) == {"free_calls", "sizes"}


def test_the_go_client_asks_for_a_zip_and_stops_at_a_429_with_seconds_to_wait(
    port: int, owner: User, settings: Settings
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (1, 60, 1)}
    key = api_key_for(owner)
    fields = {"size": "auto", "format": "zip", "channels": "", "bg_color": "", "type": "auto"}
    with working():
        first, body = answered(port, request(key, form(photo(), **fields), agent="Go-http-client"))
        assert first.headers["content-type"] == "application/zip"
        assert composed(body).mode == "RGBA"
        second, body = answered(port, request(key, form(photo(), **fields), agent="Go-http-client"))
    assert second.status == 429
    assert int(second.headers["Retry-After"]) > 0
    assert json.loads(body)["errors"][0]["title"] == "Rate limit exceeded"


CLI = """
import sys, removebg_cli
removebg_cli.API_URL = sys.argv.pop(1) + "/v1.0/removebg"
removebg_cli.main()
"""
LIBRARY = """
import sys
from removebg import RemoveBg, removebg
removebg.API_ENDPOINT = sys.argv[1] + "/v1.0/removebg"
RemoveBg(sys.argv[2], "error.log").remove_background_from_img_file(sys.argv[3], bg_color="white")
"""


def ran(
    code: str, *arguments: str, folder: Path, key: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "REMOVE_BG_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_python_command_saves_a_picture_and_shows_why_not(
    port: int, owner: User, tmp_path: Path
) -> None:
    host, target = f"http://127.0.0.1:{port}", tmp_path / "out.png"
    arguments = [host, str(CAT), "-o", str(target)]
    with working():
        done = ran(CLI, *arguments, folder=tmp_path, key=api_key_for(owner))
        assert done.returncode == 0, done.stdout + done.stderr
        assert opened(target).mode == "RGBA"
        assert "8.0" in done.stdout
        wrong = ran(CLI, *arguments, folder=tmp_path, key="wrong")
        poor = ran(CLI, *arguments, folder=tmp_path, key=api_key_for(customer(0)))
    assert "API Key invalid" in wrong.stdout
    assert "Insufficient credits" in poor.stdout
    assert (wrong.returncode, poor.returncode) == (1, 1)


def test_the_python_library_saves_a_picture(port: int, owner: User, tmp_path: Path) -> None:
    photo_path = tmp_path / "cat.jpg"
    photo_path.write_bytes(CAT.read_bytes())
    with working():
        done = ran(
            LIBRARY,
            f"http://127.0.0.1:{port}",
            api_key_for(owner),
            str(photo_path),
            folder=tmp_path,
        )
    assert done.returncode == 0, done.stderr
    assert opened(tmp_path / "cat.jpg_no_bg.png").size == opened(CAT).size
