"""Detection of the running service, and the message when it does not run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as ValkeyAway

from config.running import FILE, adopt, explain
from sandbox.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def announced(tmp_path: Path) -> Path:
    found = {"DATABASE_URL": "postgresql:///found", "REDIS_URL": "redis://found", "SECRET_KEY": "s"}
    (tmp_path / FILE).write_text(json.dumps(found))
    return tmp_path


def test_a_running_service_is_found(announced: Path) -> None:
    environ = {"VAR_DIR": str(announced), "REDIS_URL": " "}
    adopt(environ)
    assert environ["DATABASE_URL"] == "postgresql:///found"
    assert environ["REDIS_URL"] == "redis://found"


def test_the_callers_environment_takes_precedence(announced: Path) -> None:
    environ = {"VAR_DIR": str(announced), "SECRET_KEY": "mine"}
    adopt(environ)
    assert environ["SECRET_KEY"] == "mine"


@pytest.mark.parametrize(
    "given", [{"DATABASE_URL": "postgresql:///other"}, {"LUMIKU_MODE": "production"}]
)
def test_another_database_and_production_are_not_changed(
    announced: Path, given: dict[str, str]
) -> None:
    environ = {"VAR_DIR": str(announced), **given}
    adopt(environ)
    assert "SECRET_KEY" not in environ


@pytest.mark.parametrize("content", ["", "{", "[]"[:1]])
def test_a_broken_file_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    environ = {"VAR_DIR": str(tmp_path)}
    adopt(environ)
    assert environ == {"VAR_DIR": str(tmp_path)}


def test_the_line_names_the_missing_service_and_the_remedy() -> None:
    assert explain(OperationalError("refused\n  more")).startswith(
        "The database does not answer (refused): start the service with ./bin/up"
    )
    assert explain(ValkeyAway("")).startswith("Valkey does not answer (ConnectionError)")


def test_a_command_without_a_database_ends_with_one_line(tmp_path: Path) -> None:
    gone = f"postgresql://nobody@127.0.0.1:{free_port(None)}/none"
    ran = subprocess.run(
        [sys.executable, "manage.py", "audit_ledger"],
        cwd=ROOT,
        env={
            **os.environ,
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": gone,
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.strip().count("\n") == 0
    assert "The database does not answer" in ran.stderr
    assert "./bin/up" in ran.stderr
