"""The photo client against a small real HTTP server that answers as the API does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from sandbox.photos import Client, Refused, targets

JOB = "/api/background-remover/jobs/job_1"
REMOVE = "/api/background-remover/remove"
DONE = {
    "id": "job_1",
    "status": "completed",
    "processedUrl": "/processed/x/job_1-removed.png?signature=s",
    "creditsUsed": 8,
    "processingTimeMs": 12,
    "modelName": "lumiku-lite",
    "metadata": {"width": 3, "height": 2},
}


class _Api(BaseHTTPRequestHandler):
    """A server that answers each path with its queued (status, headers, body), and repeats the last
    one.
    """

    answers: ClassVar[dict[str, list[tuple[int, dict[str, str], object]]]] = {}
    requests: ClassVar[list[tuple[str, str, bytes]]] = []

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.requests.append((self.path, self.headers.get("X-API-Key", ""), body))
        queue = self.answers[self.path.partition("?")[0]]
        status, headers, answer = queue.pop(0) if len(queue) > 1 else queue[0]
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _respond

    def log_message(self, *_: object) -> None:
        """Log nothing, to keep the test's output clean."""


@pytest.fixture
def client() -> Iterator[Client]:
    _Api.requests.clear()
    _Api.answers = {
        REMOVE: [(200, {}, {"success": True, "data": {"jobId": "job_1"}})],
        JOB: [(200, {}, {"success": True, "data": DONE})],
        "/processed/x/job_1-removed.png": [(200, {}, b"PNG")],
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Client(base_url=f"http://127.0.0.1:{server.server_port}", api_key="key") as client:
            yield client
        server.shutdown()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    photo = tmp_path / "cat.jpg"
    photo.write_bytes(b"the photo")
    return photo


def test_the_cut_out_is_saved_under_the_name_of_the_photo(client: Client, photo: Path) -> None:
    result = client.cut_out(photo, tier="basic", target=photo.with_name("cat-removed"))
    assert result.saved == photo.with_name("cat-removed.png")
    assert result.saved.read_bytes() == b"PNG"
    assert (result.width, result.height, result.credits, result.model) == (3, 2, 8, "lumiku-lite")


def test_the_photo_is_sent_as_a_form_with_the_key(client: Client, photo: Path) -> None:
    client.cut_out(photo, tier="basic", target=photo.with_name("out"))
    path, key, body = _Api.requests[0]
    assert (path, key) == (REMOVE, "key")
    assert b"the photo" in body
    assert b'filename="cat.jpg"' in body
    assert b"basic" in body


def test_the_message_of_the_api_is_passed_on(client: Client, photo: Path) -> None:
    error = {"code": "INSUFFICIENT_CREDITS", "message": "You need 8 credits"}
    _Api.answers[REMOVE] = [(402, {}, {"success": False, "error": error})]
    with pytest.raises(Refused, match=r"You need 8 credits \(HTTP 402\)"):
        client.cut_out(photo, tier="basic", target=photo.with_name("out"))


def test_an_answer_that_is_not_json_is_an_error(client: Client, photo: Path) -> None:
    _Api.answers[REMOVE] = [(502, {}, b"<html>")]
    with pytest.raises(Refused, match="the server answered 502 without JSON"):
        client.cut_out(photo, tier="basic", target=photo.with_name("out"))


def test_it_waits_for_the_rate_limit(client: Client, photo: Path) -> None:
    limited = (429, {"Retry-After": "0"}, {"error": {"message": "slow down"}})
    _Api.answers[REMOVE].insert(0, limited)
    client.cut_out(photo, tier="basic", target=photo.with_name("out"))
    assert [path for path, _, _ in _Api.requests[:2]] == [REMOVE, REMOVE]


def test_a_late_job_is_waited_for(client: Client, photo: Path) -> None:
    late = {"message": "still running", "details": {"jobId": "job_1"}}
    _Api.answers[REMOVE] = [(503, {}, {"error": late})]
    _Api.answers[JOB].insert(0, (200, {}, {"data": {**DONE, "status": "processing"}}))
    assert client.cut_out(photo, tier="basic", target=photo.with_name("out")).credits == 8


def test_a_failed_job_is_an_error(client: Client, photo: Path) -> None:
    _Api.answers[JOB] = [(200, {}, {"data": {**DONE, "status": "failed", "error": "too dark"}})]
    with pytest.raises(Refused, match="job_1 is failed: too dark"):
        client.cut_out(photo, tier="basic", target=photo.with_name("out"))


def test_photos_of_the_same_name_do_not_overwrite_each_other() -> None:
    pairs = targets([Path("a/x.jpg"), Path("b/x.png"), Path("y.jpg")], Path("out"))
    assert [str(target) for _, target in pairs] == [
        "out/x-removed",
        "out/x-2-removed",
        "out/y-removed",
    ]
