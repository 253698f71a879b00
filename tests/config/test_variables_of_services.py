"""Environment variables of the services that drop-in surfaces replace, read by a fresh process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 32
EXAMPLE = "your-super-secret-key-change-in-production-abc123xyz789"
PRODUCTION = {
    "LUMIKU_MODE": "production",
    "SECRET_KEY": "s" * 40,
    "JWT_SIGNING_KEY": "j" * 40,
    "ALLOWED_HOSTS": "api.example.com",
}
PROGRAM = (
    "import json, sys\n"
    "from config.settings import base\n"
    "json.dump({name: getattr(base, name, None) for name in sys.argv[1:]}, sys.stdout, default=str)"
)


def loaded(*names: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "DATABASE_POOL_MAX": "0", **variables}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *names],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(name: str, **variables: str) -> Any:
    done = loaded(name, **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[name]


def refusal(**variables: str) -> str:
    done = loaded(**variables)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_rate_limit_is_by_the_hour() -> None:
    assert setting("RATE_LIMITS", RATE_LIMIT="7")["microservice"] == [7, 3600, 7]


def test_max_file_size_is_in_megabytes() -> None:
    assert setting("SURFACE_LIMITS", MAX_FILE_SIZE="3")["microservice"][0] == 3 * 1024**2


def test_model() -> None:
    assert setting("MODEL", MODEL="u2netp") == "u2netp"


@pytest.mark.parametrize("name", ["API_KEY", "API_SECRET_KEY"])
def test_a_key_of_the_installation_ends_calls_without_one(name: str) -> None:
    assert setting("COMPAT_KEYS", **{name: KEY}) == [KEY]
    assert setting("COMPAT_ANONYMOUS") is True
    assert setting("COMPAT_ANONYMOUS", **{name: KEY}) is False


@pytest.mark.parametrize("key", ["short", EXAMPLE])
def test_a_guessable_key_is_for_one_machine_only(key: str) -> None:
    assert setting("COMPAT_KEYS", API_SECRET_KEY=key) == [key]
    assert "API_SECRET_KEY must" in refusal(**PRODUCTION, API_SECRET_KEY=key)


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"CACHE_DIR": "/data/c"}, "/data/c"),
        ({"CACHE_DIR": "/data/c", "OUTPUT_DIR": "/data/o"}, "/data/o"),
        ({"CACHE_DIR": "/data/c", "OUTPUT_DIR": "/data/o", "MEDIA_ROOT": "/data/m"}, "/data/m"),
    ],
)
def test_folders_of_results(variables: dict[str, str], folder: str) -> None:
    assert setting("MEDIA_ROOT", **variables) == folder


def test_model_names() -> None:
    assert setting("MODEL_NAMES", MODEL_NAMES="u2net, u2netp") == ["u2net", "u2netp"]


def test_base_url() -> None:
    assert setting("BASE_URL", BASE_URL="https://images.example.com/") == (
        "https://images.example.com"
    )


@pytest.mark.parametrize(
    ("port", "encrypted"), [("587", (False, True)), ("465", (True, False)), ("25", (False, False))]
)
def test_a_mail_server_in_single_variables(port: str, encrypted: tuple[bool, bool]) -> None:
    given = {
        "SMTP_SERVER": "smtp.example.com",
        "SMTP_PORT": port,
        "SMTP_USER": "no-reply@example.com",
        "SMTP_PASSWORD": "secret",
    }
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")
    done = loaded(*(f"EMAIL_{name}" for name in names), "MAIL_STAYS_HERE", **given)
    *found, stays_here = json.loads(done.stdout).values()
    assert found == ["smtp.example.com", int(port), "no-reply@example.com", "secret", *encrypted]
    assert stays_here is False


def test_a_url_of_the_mail_server_goes_before() -> None:
    given = {"SMTP_SERVER": "smtp.example.com", "EMAIL_URL": "smtp://127.0.0.1:2525"}
    assert setting("EMAIL_PORT", **given) == 2525
    assert setting("MAIL_STAYS_HERE", **given) is True
    assert setting("MAIL_STAYS_HERE", **PRODUCTION, **given) is False


def test_cleanup_interval_hours() -> None:
    def interval(**variables: str) -> str:
        schedule = setting("CELERY_BEAT_SCHEDULE", **variables)
        return str(schedule["removal.tasks.retention"]["schedule"])

    assert interval() == "0:10:00"
    assert interval(CLEANUP_INTERVAL_HOURS="1.5") == "1:30:00"
    assert "CLEANUP_INTERVAL_HOURS must" in refusal(CLEANUP_INTERVAL_HOURS="0")


def test_the_key_that_signs_tokens() -> None:
    assert setting("JWT_SIGNING_KEY", JWT_SECRET_KEY=KEY) == KEY
    assert setting("JWT_SIGNING_KEY", JWT_SECRET_KEY=KEY, JWT_SIGNING_KEY="own") == "own"
    production = {**PRODUCTION, "JWT_SIGNING_KEY": ""}
    assert setting("JWT_SIGNING_KEY", **production, JWT_SECRET_KEY=KEY) == KEY
    assert "32 characters" in refusal(**production, JWT_SECRET_KEY="your-jwt-secret-key-here")


def test_tokens_last_as_long_as_it_says() -> None:
    assert setting("KEY_TOKEN_LIFETIME") == "1 day, 0:00:00"
    assert setting("KEY_TOKEN_LIFETIME", JWT_EXPIRATION_HOURS="2") == "2:00:00"


def test_tokens_are_signed_by_one_algorithm() -> None:
    assert setting("KEY_TOKEN_LIFETIME", JWT_ALGORITHM="HS256")
    assert "JWT_ALGORITHM must" in refusal(JWT_ALGORITHM="none")


def test_cors_origins() -> None:
    origins = "https://a.example,https://b.example"
    assert setting("CORS_ALLOWED_ORIGINS", CORS_ORIGINS=origins) == origins.split(",")
