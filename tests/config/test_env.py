import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("X", raising=False)
    return monkeypatch


def test_absent_and_blank_mean_the_default(variable: pytest.MonkeyPatch) -> None:
    assert env.integer("X", 7) == 7
    variable.setenv("X", "  ")
    assert env.integer("X", 7) == 7
    assert env.boolean("X", default=True) is True


@pytest.mark.parametrize("raw", ["ten", "1.5", "-1"])
def test_a_bad_number_stops_the_start_and_names_the_variable(
    variable: pytest.MonkeyPatch, raw: str
) -> None:
    variable.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured, match=r"^X must"):
        env.integer("X", 1)


def test_a_bad_truth_value_is_refused(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "perhaps")
    with pytest.raises(ImproperlyConfigured):
        env.boolean("X", default=False)


def test_a_choice_lists_what_is_allowed(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "tape")
    with pytest.raises(ImproperlyConfigured, match="file, s3"):
        env.choice("X", "file", ("file", "s3"))


def test_a_rate_reads_limit_window_and_burst(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "30/60/10")
    assert env.rate("X", (1, 1, 1)) == (30, 60, 10)


@pytest.mark.parametrize("raw", ["30", "30/0/1", "a/b/c", "1/2/3/4"])
def test_a_malformed_rate_is_refused(variable: pytest.MonkeyPatch, raw: str) -> None:
    variable.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured):
        env.rate("X", (1, 1, 1))


def test_a_database_url_may_name_a_socket_folder(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "postgresql://app:p%40ss@/lumiku?host=/run/postgresql")
    parameters = env.database("X", "")
    assert parameters["HOST"] == "/run/postgresql"
    assert parameters["PASSWORD"] == "p@ss"
    assert parameters["OPTIONS"] == {}


def test_no_other_database_is_accepted(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "sqlite:///db.sqlite3")
    with pytest.raises(ImproperlyConfigured, match="postgresql"):
        env.database("X", "")


@pytest.mark.parametrize("raw", ["postgresql://db:port/lumiku", "postgresql://db:99999/lumiku"])
def test_a_bad_port_stops_the_start_and_names_the_variable(
    variable: pytest.MonkeyPatch, raw: str
) -> None:
    variable.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured, match=r"^X is not a URL"):
        env.database("X", "")


def test_a_mail_url_becomes_settings(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "smtp://me:secret@mail.example:587?tls=true")
    mail = env.email("X")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"]) == (
        "mail.example",
        587,
        True,
    )


def test_a_secret_may_lie_in_a_file(variable: pytest.MonkeyPatch, tmp_path: object) -> None:
    file = tmp_path / "secret"  # type: ignore[operator]
    file.write_text("s" * 40 + "\n")
    variable.setenv("X_FILE", str(file))
    assert env.secret("X", required=True, fallback="") == "s" * 40


def test_production_insists_on_a_long_secret(variable: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be set"):
        env.secret("X", required=True, fallback="unsafe")
    variable.setenv("X", "short")
    with pytest.raises(ImproperlyConfigured, match="32 characters"):
        env.secret("X", required=True, fallback="")


def test_checksums_by_model(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'a' * 64}"
    monkeypatch.setenv("X", f"u2net={digest}, u2netp={digest}")
    assert env.checksums("X") == {"u2net": digest, "u2netp": digest}


@pytest.mark.parametrize("value", ["u2net", "u2net=md5:00", "u2net=sha256:zz"])
def test_an_invalid_checksum_stops_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="MODEL=sha256:HEX"):
        env.checksums("X")
