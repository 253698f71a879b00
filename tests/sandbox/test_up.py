"""The decisions of `bin/up` before it starts a process."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import up
from sandbox.application import Address, environment
from sandbox.console import Console
from sandbox.ports import listen
from sandbox.supervisor import Supervisor
from sandbox.up import Options, Unusable, open_port, parse, wipe


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def options() -> Options:
    return parse([])


def test_a_taken_port_that_was_asked_for_is_an_error(options: Options, taken_port: int) -> None:
    with pytest.raises(Unusable, match=f"Port {taken_port} is taken"):
        open_port(replace(options, port=taken_port), Console())


def test_a_taken_default_port_gives_the_next_free_one(
    options: Options,
    taken_port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(up, "DEFAULT_PORT", taken_port)
    with open_port(options, Console()) as listener:
        port = listener.getsockname()[1]
    assert port > taken_port
    assert f"Port {taken_port} is taken; using {port}." in capsys.readouterr().out


def test_a_chosen_port_is_bound_at_once(options: Options) -> None:
    with open_port(replace(options, port=0), Console()) as listener:
        assert listen("127.0.0.1", listener.getsockname()[1]) is None


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 8000), ("127.0.0.1", 70_000)])
def test_an_impossible_address_is_an_error(options: Options, host: str, port: int) -> None:
    with pytest.raises(Unusable, match=f"Cannot listen on {host}, port {port}"):
        open_port(replace(options, host=host, port=port), Console())


def test_a_missing_photo_is_named() -> None:
    with pytest.raises(Unusable, match=r"No such file: nowhere\.jpg"):
        parse(["nowhere.jpg"])


def test_the_demo_has_sample_photos() -> None:
    assert {photo.name for photo in parse(["--demo"]).photos} >= {"astronaut.jpg", "coffee.jpg"}


def test_reset_deletes_all_but_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "VAR", tmp_path)
    (tmp_path / "media").mkdir()
    for name in ("media/file", "up.json", "up.lock"):
        (tmp_path / name).touch()
    wipe(keep=tmp_path / "up.lock")
    assert [entry.name for entry in tmp_path.iterdir()] == ["up.lock"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_url_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert Address(host=host, port=8000).url == url


def _environment(var: Path) -> dict[str, str]:
    return environment(
        var=var,
        address=Address(host="127.0.0.1", port=8000),
        database_url="postgresql://db",
        redis_url="redis://broker",
        mail_port=25,
    )


def test_a_blank_setting_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", " ")
    monkeypatch.setenv("BASE_URL", "https://demo.example")
    env = _environment(tmp_path)
    assert len(env["SECRET_KEY"]) > 32
    assert env["BASE_URL"] == "https://demo.example"


def test_a_photo_that_was_not_reached_counts_as_failed(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unprintable(*_: object) -> str:
        raise UnicodeEncodeError("ascii", "→", 0, 1, "no such character")

    monkeypatch.setattr("sandbox.photos.Client.cut_out", unprintable)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    two = replace(options, photos=(Path("one.jpg"), Path("two.jpg")))
    access = {"url": "http://127.0.0.1:9", "apiKey": "key"}
    with Supervisor(logs=tmp_path, console=Console()) as supervisor:
        assert up._cut_out(two, access, supervisor, Console()) == 2


def test_the_secrets_are_made_once_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    first, second = (_environment(tmp_path) for _ in range(2))
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["SECRET_KEY"] != first["JWT_SIGNING_KEY"]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("variables", "arguments", "address"),
    [
        ({}, [], ("127.0.0.1", None)),
        ({"PORT": "5000", "HOST": "10.0.0.9"}, [], ("10.0.0.9", 5000)),
        ({"PORT": "5000", "HOST": "::1"}, ["--port", "5001", "--host", "::"], ("::", 5001)),
        ({"PORT": " ", "HOST": "my-machine"}, [], ("127.0.0.1", None)),
    ],
)
def test_the_address_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    address: tuple[str, int | None],
) -> None:
    for name in ("PORT", "HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    options = parse(arguments)
    assert (options.host, options.port) == address


def test_the_signing_key_may_have_its_other_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JWT_SIGNING_KEY", raising=False)
    monkeypatch.setenv("JWT_SECRET_KEY", "other-name")
    wanted = {"var": tmp_path, "address": Address("127.0.0.1", 1), "mail_port": 1}
    found = environment(**wanted, database_url="", redis_url="")  # type: ignore[arg-type]
    assert found["JWT_SIGNING_KEY"] == "other-name"


def test_results_lie_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MEDIA_ROOT", raising=False)
    wanted = {"var": tmp_path, "address": Address("127.0.0.1", 1), "mail_port": 1}
    for name in ("CACHE_DIR", "OUTPUT_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
        found = environment(**wanted, database_url="", redis_url="")  # type: ignore[arg-type]
        assert found["MEDIA_ROOT"] == str(tmp_path / name)
