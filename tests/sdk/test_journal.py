"""The journal of the command `lumiku`, and what it decides without a server."""

import os
import warnings
from pathlib import Path

import pytest
from lumiku import BackgroundRemoverClient, ServerVersionWarning, version
from lumiku.cli import batches, journal
from lumiku.cli.console import Console
from lumiku.cli.journal import NAME, Outcome, Stamp
from lumiku.cli.main import main
from lumiku.cli.work import Work
from lumiku.errors import ConfigurationError

from tests.sdk.scripted import Scripted
from tests.sdk.test_requests import refusal

SERVER = "http://127.0.0.1:80"
OPTIONS = {"tier": "basic"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"jpeg")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def work(
    client: BackgroundRemoverClient,
    known: journal.Journal,
    out: Path,
    console: Console | None = None,
) -> Work:
    console = console or Console(as_json=False, quiet=True)
    return Work(client, console, known, out, OPTIONS, retry_failed=False)


def test_a_key_is_the_same_until_its_request_is_refused(out: Path, photo: Path) -> None:
    about = (Stamp.of(photo), SERVER, OPTIONS)
    with journal.opened(out) as known:
        key = known.key(*about)
    with journal.opened(out) as known:
        assert known.key(*about) == key
        known.forget_key(*about)
    with journal.opened(out) as known:
        assert known.key(*about) != key


def test_a_line_that_a_kill_tore_is_ignored_and_swallows_no_other(out: Path, photo: Path) -> None:
    about = (Stamp.of(photo), SERVER, OPTIONS)
    with journal.opened(out) as known:
        known.key(*about)
    with (out / NAME).open("a") as file:
        file.write('{"event": "outc')
    done = Outcome(str(photo), "completed", str(photo), credits_used=3)
    with journal.opened(out) as known:
        known.record(*about, done)
    with journal.opened(out) as known:
        assert known.outcome(*about) == done


def test_a_file_that_changed_has_still_to_be_done(
    client: BackgroundRemoverClient, out: Path, photo: Path
) -> None:
    with journal.opened(out) as known:
        doing = work(client, known, out)
        about = (Stamp.of(photo), doing.server, OPTIONS)
        known.record(*about, Outcome(str(photo), "completed", str(photo)))
        assert doing.pending([photo]) == []
        os.utime(photo, ns=(1, 1))
        assert doing.pending([photo]) == [photo]


def test_a_batch_that_was_not_started_is_planned_anew_when_a_file_changed(
    client: BackgroundRemoverClient, out: Path, photo: Path
) -> None:
    with journal.opened(out) as known:
        doing = work(client, known, out)
        plan = known.plan(doing.server, OPTIONS, [Stamp.of(photo)])
        assert batches.open_plans(doing) == [plan]
        os.utime(photo, ns=(1, 1))
        assert batches.open_plans(doing) == []
        # One that may have started is looked for all the same, since it may have been paid for.
        known.starting(plan)
        assert batches.open_plans(doing) == [plan]


def test_results_that_are_gone_are_not_paid_for_again_unasked(
    client: BackgroundRemoverClient, server: Scripted, out: Path, photo: Path
) -> None:
    server.answers = [refusal(410, "GONE")]
    with journal.opened(out) as known:
        doing = work(client, known, out)
        plan = known.plan(doing.server, OPTIONS, [Stamp.of(photo)])
        known.started(plan, "batch_1")
        assert batches.run(doing, photo.parent, keep_zip=False) == 1
        assert doing.pending([photo]) == []
        assert batches.open_plans(doing) == []


def test_a_folder_is_divided_into_batches_of_equal_size(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(501)]
    for path in paths:
        path.touch()
    assert [len(part) for part in batches.divided(paths)] == [251, 250]
    assert [len(part) for part in batches.divided(paths[:500])] == [500]
    assert batches.divided([]) == []


def test_the_journal_is_for_its_owner_and_for_one_process(out: Path) -> None:
    with journal.opened(out):
        assert (out / NAME).stat().st_mode & 0o077 == 0
        with pytest.raises(ConfigurationError, match="another lumiku"), journal.opened(out):
            pass


def test_errors_are_told_as_json_too(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUMIKU_BASE_URL", server.url)
    monkeypatch.setenv("LUMIKU_CONFIG_DIR", "/nonexistent")
    for status, code, wanted in (
        (401, "UNAUTHORIZED", 3),
        (402, "INSUFFICIENT_CREDITS", 4),
        (402, "SPENDING_CAP_REACHED", 4),
        (404, "NOT_FOUND", 6),
    ):
        server.answers = [refusal(status, code)]
        assert main(["credits", "--json"]) == wanted
        assert f'"code": "{code}"' in capsys.readouterr().out


@pytest.mark.parametrize(("found", "advice"), [("0.0.9", "server"), ("1.0.0", "lumiku")])
def test_a_server_that_the_package_was_not_made_for_is_warned_of(found: str, advice: str) -> None:
    with pytest.warns(ServerVersionWarning, match=f"update the .*{advice}"):
        version.check(found)


def test_servers_of_its_own_time_are_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for found in ("0.1.0", "0.9.3", None, "", "nightly"):
            version.check(found)
