"""Invariant 26: production settings pass Django's own deployment checks, or refuse to start."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.base",
    "LUMIKU_MODE": "production",
    "SECRET_KEY": "k3-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "JWT_SIGNING_KEY": "j3-" + "zyxwvutsrqponmlkjihgfedcba9876543210" * 2,
    "ALLOWED_HOSTS": "api.example.com",
    "BASE_URL": "https://api.example.com",
    "VAR_DIR": "/var/lib/lumiku",
    "EMAIL_URL": "smtps://mail.example.com",
    "DEFAULT_FROM_EMAIL": "no-reply@example.com",
}


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_the_deployment_checks() -> None:
    outcome = check()
    assert outcome.returncode == 0, outcome.stderr


def test_production_refuses_to_start_without_a_secret() -> None:
    outcome = check(SECRET_KEY="")
    assert outcome.returncode != 0
    assert "SECRET_KEY (or SECRET_KEY_FILE) must be set" in outcome.stderr


def test_mail_that_would_go_to_the_log_is_refused() -> None:
    outcome = check(EMAIL_URL="console://")
    assert outcome.returncode != 0
    assert "lumiku.E004" in outcome.stderr
