"""Output of the command `lumiku` on a terminal."""

import contextlib
import io
import os
import pty
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from lumiku import BackgroundRemoverClient
from lumiku.cli import batches, journal
from lumiku.cli.console import Console
from lumiku.cli.journal import Stamp
from lumiku.cli.main import main
from lumiku.errors import RateLimited
from lumiku.protocol import Retry

from tests.sdk.scripted import Scripted
from tests.sdk.test_journal import OPTIONS, work
from tests.sdk.test_requests import refusal


class Terminal:
    """A terminal of 60 columns, on which the command writes to stderr."""

    def __init__(self) -> None:
        self._leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (30, 60))
        self.stderr = open(follower, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        self.text = ""

    def shows(self, wanted: str, *, times: int = 1) -> None:
        """Return once `wanted` has been drawn so often."""
        while self.text.count(wanted) < times:
            self.text += os.read(self._leader, 4096).decode()

    def close(self) -> None:
        self.stderr.close()
        os.close(self._leader)


@contextlib.contextmanager
def shown() -> Iterator[Terminal]:
    with contextlib.closing(Terminal()) as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", terminal.stderr)
        yield terminal


@pytest.fixture
def console() -> Console:
    return Console(as_json=False, quiet=False)


def test_a_bar_fits_60_columns(console: Console) -> None:
    with shown() as terminal, console.bar("Removing", 500) as bar:
        bar.set_postfix_str("processing", refresh=False)
        console.advance(bar, 250)
        bar.refresh()
        terminal.shows("processing]")
    line = terminal.text.split("\r")[-1]
    assert "50%|████▌" in line
    assert len(line) <= 60


def test_the_clock_of_a_bar_goes_on_by_itself(console: Console) -> None:
    with shown() as terminal, console.bar("Removing", 3):
        terminal.shows("0/3", times=3)


def test_a_long_wait_is_told_in_minutes(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.retrying(Retry(RateLimited("Too many requests"), 668.0))
    assert "trying again in 11 min 8 s" in capsys.readouterr().err


def test_a_server_that_cannot_be_reached_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUMIKU_CONFIG_DIR", str(tmp_path))
    assert main(["credits", "--base-url", "http://127.0.0.1:1"]) == 5
    assert "http://127.0.0.1:1 cannot be reached" in capsys.readouterr().err


def test_a_wrong_key_at_log_in_gets_no_advice_to_log_in(
    server: Scripted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [refusal(401, "INVALID_TOKEN")]
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    assert main(["login", "--key-stdin", "--base-url", server.url]) == 3
    assert "lumiku login" not in capsys.readouterr().err


def test_images_that_failed_before_are_told(
    server: Scripted,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUMIKU_API_KEY", "lk_x")
    (tmp_path / "1.jpg").write_bytes(b"jpeg")
    server.answers = [refusal(400, "NO_SUBJECT_FOUND")]
    arguments = ["remove", str(tmp_path / "1.jpg"), "-o", str(tmp_path), "--base-url", server.url]
    assert main(arguments) == 1
    assert main(arguments) == 0
    assert "1 failed before, which --retry-failed tries again" in capsys.readouterr().out


def test_a_batch_whose_files_have_arrived_shows_no_bar_of_uploads(
    client: BackgroundRemoverClient, console: Console, tmp_path: Path
) -> None:
    (tmp_path / "1.jpg").write_bytes(b"jpeg")
    with journal.opened(tmp_path / "out") as known, shown() as terminal:
        doing = work(client, known, tmp_path / "out", console)
        plan = known.plan(doing.server, OPTIONS, [Stamp.of(tmp_path / "1.jpg")])
        known.starting(plan)
        batches._upload(doing, plan)
        console.note("end")
        terminal.shows("end")
    assert "Uploading" not in terminal.text


def test_a_watch_leaves_no_bar_behind(console: Console) -> None:
    with shown() as terminal:
        with console.bar("Removing", 3, leave=False):
            terminal.shows("0/3")
        console.note("end")
        terminal.shows("end")
    assert "]\r\n" not in terminal.text
