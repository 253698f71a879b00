"""Ctrl-C: the command ends its waits at once, and goes on where it stopped."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lumiku.cli.main import main

from tests.sdk.conftest import QUICK
from tests.sdk.scripted import Answer, Scripted
from tests.sdk.test_requests import fine, refusal

SOURCES = Path(__file__).resolve().parents[2] / "sdk" / "python" / "src"
LIMITED = refusal(429, "RATE_LIMIT_EXCEEDED", **{"Retry-After": "3600"})
REFUSED = refusal(402, "INSUFFICIENT_CREDITS")
PNG = Answer(200, b"png", {"Content-Type": "image/png", "X-Job-Id": "j", "X-Credits-Used": "8"})
# Longer than any test: what ends sooner has not waited for it.
NEVER = 3600
PATIENCE_S = 120

Popen = subprocess.Popen[str]
Start = Callable[..., Popen]


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    (tmp_path / "in").mkdir()
    paths = [tmp_path / "in" / f"{number}.jpg" for number in (1, 2)]
    for path in paths:
        path.write_bytes(b"jpeg")
    return [str(path) for path in paths]


@pytest.fixture
def start(server: Scripted, tmp_path: Path) -> Iterator[Start]:
    """Starts the command, which leaves requests that are under way after `grace_s` seconds."""
    begun: list[Popen] = []

    def started(*arguments: str, grace_s: float = NEVER, url: str = server.url) -> Popen:
        program = (
            "from lumiku.cli import interruption, main\n"
            f"interruption._GRACE_S = {grace_s}\n"
            "main.entry()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments, "-o", "out", "--base-url", url],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SOURCES), "LUMIKU_API_KEY": "lk_x"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A run of the suite in the background ignores SIGINT, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        begun.append(process)
        return process

    yield started
    for process in begun:
        process.kill()
        process.communicate()


def waits(process: Popen, number: int) -> None:
    """Return once the command has said of `number` requests that it waits."""
    assert process.stderr
    for _ in range(number):
        assert "trying again in" in process.stderr.readline()


def ended(process: Popen) -> int:
    """Exit status of the command, which ends by itself."""
    _, report = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in report
    return process.returncode


def interrupted(process: Popen) -> int:
    """Exit status of the command after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    return ended(process)


def keys(server: Scripted) -> set[str]:
    return {asked.headers["idempotency-key"] for asked in server.asked}


def test_waits_of_single_images_end_at_once_and_a_second_run_uses_their_keys(
    server: Scripted, start: Start, photos: list[str], tmp_path: Path
) -> None:
    server.answers = [LIMITED]
    process = start("remove", *photos)
    waits(process, 2)
    assert interrupted(process) == 130
    before = keys(server)
    assert len(server.asked) == len(before) == 2

    server.answers = [PNG]
    assert ended(start("remove", *photos)) == 0
    assert (len(server.asked), keys(server)) == (4, before)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [
        "1-removed.png",
        "2-removed.png",
    ]


def slots(server: Scripted) -> Answer:
    """Addresses for two files."""
    same = {"expiresAt": "2100-01-01T00:00:00Z", "method": "PUT", "headers": {}}
    own = [
        {"uploadId": f"up_{number}", "filename": f"{number}.jpg", "url": f"{server.url}/{number}"}
        for number in (1, 2)
    ]
    return fine({"uploads": [{**same, **one} for one in own]})


def uploaded(number: int) -> Answer:
    unknown = dict.fromkeys(["filename", "reference", "url", "contentType", "size", "error"])
    times = dict.fromkeys(["createdAt", "expiresAt"], "2100-01-01T00:00:00Z")
    return fine({**unknown, **times, "uploadId": f"up_{number}", "status": "uploaded"})


def test_the_wait_for_a_batch_ends_at_once_and_a_second_run_starts_it_under_its_key(
    server: Scripted, start: Start, photos: list[str]
) -> None:
    server.answers = [slots(server), Answer(), Answer(), LIMITED]
    process = start("batch", "in")
    waits(process, 1)
    assert interrupted(process) == 130
    first = server.asked[-1]

    server.asked, server.answers = [], [REFUSED]
    assert ended(start("batch", "in")) == 4
    [again] = server.asked
    assert again.path == first.path == "/v1/background-remover/batch"
    assert again.headers["idempotency-key"] == first.headers["idempotency-key"]


def test_waits_of_uploads_end_at_once_and_what_arrived_is_not_sent_again(
    server: Scripted, start: Start, photos: list[str]
) -> None:
    server.answers = [slots(server), LIMITED]
    process = start("batch", "in")
    waits(process, 2)
    assert interrupted(process) == 130

    server.asked, server.answers = [], [uploaded(1), uploaded(2), REFUSED]
    assert ended(start("batch", "in")) == 4
    assert [asked.method for asked in server.asked] == ["GET", "GET", "POST"]
    assert json.loads(server.asked[-1].body)["uploadIds"] == ["up_1", "up_2"]


def test_a_watch_with_work_left_is_interrupted_and_an_idle_one_has_ended(
    server: Scripted, start: Start, photos: list[str], tmp_path: Path
) -> None:
    server.answers = [LIMITED]
    process = start("watch", "in", "--interval", "0.01")
    assert process.stderr
    assert "Watching in" in process.stderr.readline()
    waits(process, 2)
    assert interrupted(process) == 130

    (tmp_path / "empty").mkdir()
    process = start("watch", "empty")
    assert process.stderr
    assert "Watching empty" in process.stderr.readline()
    assert interrupted(process) == 0


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def asked(listener: socket.socket) -> socket.socket:
    """The next connection, once a request has come."""
    connection, _ = listener.accept()
    assert connection.recv(1)
    return connection


def test_a_request_without_an_answer_is_left_after_a_while(
    silent: socket.socket, start: Start, photos: list[str]
) -> None:
    process = start(
        "remove", photos[0], grace_s=0.1, url=f"http://127.0.0.1:{silent.getsockname()[1]}"
    )
    with asked(silent):
        assert interrupted(process) == 130


def test_a_second_ctrl_c_leaves_it_at_once(
    silent: socket.socket, start: Start, photos: list[str]
) -> None:
    process = start("remove", photos[0], url=f"http://127.0.0.1:{silent.getsockname()[1]}")
    with asked(silent):
        # Signals that come together are delivered as one, so more than two may be needed.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        assert process.returncode == 130


@pytest.fixture
def here(server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the command in this process."""
    monkeypatch.setenv("LUMIKU_API_KEY", "lk_x")
    out = ("-o", str(tmp_path / "out"), "--base-url", server.url)
    return lambda *arguments: main([*arguments, *out])


def test_an_error_that_concerns_all_images_ends_the_waits_of_the_others(
    server: Scripted, here: Callable[..., int], photos: list[str]
) -> None:
    server.answers = [LIMITED, REFUSED]
    assert here("remove", *photos) == 4


@pytest.mark.parametrize("answer", [refusal(504, "X"), refusal(409, "REQUEST_IN_PROGRESS")])
def test_an_image_that_may_have_been_cut_out_keeps_its_key(
    answer: Answer,
    server: Scripted,
    here: Callable[..., int],
    photos: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lumiku.cli.main._POLICY", QUICK)
    server.answers = [answer]
    assert here("remove", photos[0]) == here("remove", photos[0])
    assert len(keys(server)) == 1


@pytest.mark.parametrize("answer", [refusal(504, "X"), refusal(409, "REQUEST_IN_PROGRESS")])
def test_a_batch_that_may_have_been_started_keeps_its_key(
    answer: Answer,
    server: Scripted,
    here: Callable[..., int],
    photos: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lumiku.cli.main._POLICY", QUICK)
    folder = str(Path(photos[0]).parent)
    server.answers = [slots(server), Answer(), Answer(), answer]
    assert here("batch", folder) == here("batch", folder)
    starts = [asked for asked in server.asked if asked.path.endswith("/batch")]
    assert len({asked.headers["idempotency-key"] for asked in starts}) == 1


def test_a_watch_tells_each_image_and_tries_a_failed_one_once(
    server: Scripted, start: Start, photos: list[str]
) -> None:
    server.answers = [refusal(400, "NO_SUBJECT_FOUND"), PNG]
    process = start("watch", "in", "--interval", "0.01", "--retry-failed", "-j", "1")
    assert process.stdout
    assert "NO_SUBJECT_FOUND" in process.stdout.readline()
    assert "2-removed.png" in process.stdout.readline()
    # It is found by a later look than those two, and taken by the one after that.
    Path(photos[0]).with_name("3.jpg").write_bytes(b"jpeg")
    assert "3-removed.png" in process.stdout.readline()
    assert interrupted(process) == 0
    assert len(server.asked) == 3
