"""The command `lumiku`, installed and run as a user does, against the whole service."""

import json
import os
import pty
import re
import signal
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lumiku.cli.journal import NAME
from PIL import Image

from tests.faults.service_stack import ServiceStack
from tests.sdk.live.conftest import PHOTO, environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE_S = 120.0
SMALL = ("--tier", "basic", "--scale", "0.25")


class Shell:
    """A user's shell in a folder of its own."""

    def __init__(self, service: ServiceStack, programs: Path, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.program = programs / "lumiku"
        self.env = {**environment(service), "LUMIKU_CONFIG_DIR": str(folder / "config")}

    def run(self, *arguments: str, status: int = 0, **options: Any) -> str:
        """Standard output of a command that ends with `status`."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == status, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        self.report = str(done.stderr)
        return str(done.stdout)

    def json(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", status=status))

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [self.program, *arguments],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A run of the suite in the background ignores SIGINT, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def spent(self) -> int:
        """Credits that were captured from all accounts so far."""
        sql = "SELECT -sum(delta_available + delta_held) FROM billing_entry WHERE kind = 'capture'"
        [(credits,)] = self.service.rows(sql)
        return int(credits or 0)

    def count(self, table: str) -> int:
        [(rows,)] = self.service.rows(f"SELECT count(*) FROM {table}")  # noqa: S608 - our names
        return int(rows)


@pytest.fixture
def shell(service: ServiceStack, installed: Path, tmp_path: Path) -> Shell:
    return Shell(service, installed, tmp_path)


def events(folder: Path) -> list[dict[str, Any]]:
    """The whole lines of the journal."""
    path = folder / NAME
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the command has ended"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def copies(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"cat{number:02}.jpg").write_bytes(PHOTO.read_bytes())


class TestSingles:
    def test_images_go_in_and_cut_outs_come_out_once(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        (photos[0].parent / "text.jpg").write_text("not an image")
        images = [str(path) for path in sorted(photos[0].parent.glob("*.jpg"))]
        before = shell.spent()
        report = shell.json("remove", *images, "-o", "out", *SMALL, status=1)
        assert (report["completed"], report["failed"], report["creditsUsed"]) == (3, 1, 9)
        assert report["images"][-1]["error"]["code"] == "INVALID_FILE_TYPE"
        with Image.open(shell.folder / "out" / "img1-removed.png") as cut_out:
            assert cut_out.mode == "RGBA"

        again = shell.json("remove", *images, "-o", "out", *SMALL)
        assert (again["completed"], again["skipped"]) == (0, 4)
        assert shell.spent() == before + 9

    def test_two_images_of_one_name_have_two_results(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        other = shell.folder / "img1.jpg"
        other.write_bytes(PHOTO.read_bytes())
        shell.run("remove", str(photos[0]), str(other), "-o", "out", *SMALL)
        found = {path.name for path in (shell.folder / "out").glob("*.png")}
        assert found == {"img1-removed.png", "img1-removed-2.png"}

    def test_one_that_was_killed_is_charged_once(self, shell: Shell, photos: list[Path]) -> None:
        before, jobs = shell.spent(), shell.count("removal_job")
        images = [str(path) for path in photos]
        process = shell.start("remove", *images, "-o", "out", *SMALL)
        until(lambda: any(e["event"] == "key" for e in events(shell.folder / "out")), process)
        process.kill()
        process.wait()
        shell.run("remove", *images, "-o", "out", *SMALL)
        assert len(list((shell.folder / "out").glob("*-removed.png"))) == 3
        assert (shell.spent() - before, shell.count("removal_job") - jobs) == (9, 3)

    def test_the_price_is_told_without_doing_anything(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        jobs = shell.count("removal_job")
        report = shell.run("remove", str(photos[0]), "-o", "out", "--dry-run")
        assert report.splitlines()[-1] == "At most 8 credits for 1 image"
        assert shell.count("removal_job") == jobs
        assert not (shell.folder / "out").exists()


class TestBatches:
    def test_a_folder_becomes_cut_outs(self, shell: Shell, photos: list[Path]) -> None:
        (photos[0].parent / "text.jpg").write_text("not an image")
        report = shell.json("batch", "photos", "-o", "out", *SMALL, status=1)
        assert (report["completed"], report["failed"], report["creditsUsed"]) == (3, 1, 9)
        assert len(list((shell.folder / "out").glob("*.png"))) == 3
        assert shell.json("batch", "photos", "-o", "out", *SMALL)["skipped"] == 4

        more = photos[0].with_name("img4.jpg")
        more.write_bytes(PHOTO.read_bytes())
        report = shell.json("batch", "photos", "-o", "out", *SMALL)
        assert (report["completed"], report["skipped"], report["creditsUsed"]) == (1, 4, 3)

    @pytest.mark.parametrize("event", ["announced", "sending", "sent", "starting", "started"])
    def test_one_that_was_killed_uploads_nothing_twice_and_is_charged_once(
        self, shell: Shell, event: str
    ) -> None:
        copies(shell.folder / "cats", 8)
        out = shell.folder / "out"
        tables = ("batches_upload", "batches_batch", "removal_job")
        before = {table: shell.count(table) for table in tables}
        spent = shell.spent()
        process = shell.start("batch", "cats", "-o", "out", *SMALL)
        until(lambda: any(one["event"] == event for one in events(out)), process)
        process.kill()
        process.wait()
        known = [one["upload"] for one in events(out) if one["event"] == "sent"]

        report = shell.json("batch", "cats", "-o", "out", *SMALL)
        assert (report["completed"], report["creditsUsed"]) == (8, 24)
        assert {table: shell.count(table) - before[table] for table in tables} == {
            "batches_upload": 8,
            "batches_batch": 1,
            "removal_job": 8,
        }
        assert shell.spent() - spent == 24
        begun = [one["upload"] for one in events(out) if one["event"] == "sending"]
        assert all(begun.count(upload) == 1 for upload in known)

    def test_ctrl_c_ends_it_cleanly_and_it_goes_on(self, shell: Shell) -> None:
        copies(shell.folder / "cats", 6)
        out = shell.folder / "out"
        process = shell.start("batch", "cats", "-o", "out", *SMALL)
        # Nearly all of its work is left then, so it cannot end before the signal.
        until(lambda: any(one["event"] == "announced" for one in events(out)), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
        assert shell.json("batch", "cats", "-o", "out", *SMALL)["completed"] == 6

    def test_two_runs_do_not_work_on_one_folder(self, shell: Shell) -> None:
        copies(shell.folder / "cats", 4)
        process = shell.start("batch", "cats", "-o", "out", *SMALL)
        until(lambda: bool(events(shell.folder / "out")), process)
        shell.run("batch", "cats", "-o", "out", *SMALL, status=2)
        assert "another lumiku" in shell.report
        assert process.wait(PATIENCE_S) == 0

    def test_the_price_has_the_discount(self, shell: Shell) -> None:
        copies(shell.folder / "cats", 20)
        report = shell.json("batch", "cats", "--tier", "standard", "--dry-run")
        assert (report["credits"], report["parts"][0]["discountPercentage"]) == (152, 5)
        assert not (shell.folder / "cats" / "cut-outs").exists()


class TestWatching:
    def test_images_that_appear_are_cut_out_until_ctrl_c(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        process = shell.start("watch", "photos", "-o", "out", "--interval", "0.1", *SMALL)
        out = shell.folder / "out"
        until(lambda: len(list(out.glob("*.png"))) == 3, process)
        photos[0].with_name("later.jpg").write_bytes(PHOTO.read_bytes())
        until((out / "later-removed.png").exists, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


class TestKeys:
    def test_a_key_is_kept_for_its_server_and_readable_for_its_owner_only(
        self, shell: Shell
    ) -> None:
        key = shell.env.pop("LUMIKU_API_KEY")
        url = shell.env.pop("LUMIKU_BASE_URL")
        shell.run("login", "--base-url", url, "--key-stdin", input=f"{key}\n")
        [file] = (shell.folder / "config").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert shell.json("credits")["available"] > 0

        shell.run("credits", "--base-url", "http://localhost:1", status=5)
        shell.run("credits", "--base-url", url.replace("127.0.0.1", "localhost"), status=3)
        file.chmod(0o644)
        shell.run("credits", status=2)
        assert "chmod 600" in shell.report
        file.chmod(0o600)
        shell.run("logout")
        assert key not in file.read_text()

    def test_a_wrong_key_is_not_stored(self, shell: Shell) -> None:
        shell.run(
            "login", "--key-stdin", "--base-url", shell.service.address.url, status=3, input="x"
        )
        assert not (shell.folder / "config").exists()


class TestRefusals:
    def test_a_preset_that_the_server_does_not_know_is_its_own_error(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        report = shell.json(
            "remove", str(photos[0]), "-o", "out", "--preset", "no-such-preset", status=1
        )
        assert report["images"][0]["error"]["code"] in ("INVALID_INPUT", "NOT_FOUND")

    def test_help_tells_every_exit_status(self, shell: Shell) -> None:
        report = shell.run("--help")
        assert [int(code) for code in re.findall(r"^  (\d+)  ", report, re.MULTILINE)] == [
            *range(7),
            130,
        ]

    def test_a_missing_file_and_a_wrong_option_are_mistakes_of_the_caller(
        self, shell: Shell, photos: list[Path]
    ) -> None:
        for wrong in (
            ["remove", "nothing.jpg"],
            ["batch", "nowhere"],
            ["remove", str(photos[0]), "-j", "0"],
            ["remove", str(photos[0]), "-O", "tier"],
            ["watch", ".", "-o", "."],
            ["watch", "photos", "--interval", "-1"],
        ):
            shell.run(*wrong, status=2)


def test_a_terminal_shows_bars(shell: Shell, photos: list[Path]) -> None:
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen(
        [shell.program, "batch", "photos", "-o", "out", *SMALL],
        cwd=shell.folder,
        env=shell.env,
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 4096):
            shown += chunk
    except OSError:  # the last process that wrote there has ended
        pass
    finally:
        os.close(leader)
    assert process.wait() == 0
    assert re.search(rb"Uploading: +100%", shown)
    assert re.search(rb"Removing: +100%\|.*3/3", shown)
