"""`check --deploy` warns of settings that only suit a laptop."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import WARNING

from common import checks

GOOD = {
    "DATABASE_URL": "postgresql://u:p@db/lumiku",
    "REDIS_URL": "redis://valkey/0",
    "BASE_URL": "https://api.example.com",
    "EMAIL_URL": "smtp://mail.example.com",
    "DEFAULT_FROM_EMAIL": "no-reply@example.com",
}


@pytest.fixture(autouse=True)
def _production(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings.PRODUCTION = True
    settings.SECURE_SSL_REDIRECT = True
    settings.STAFF_2FA_REQUIRED = True
    settings.BASE_URL = GOOD["BASE_URL"]
    settings.ALLOWED_HOSTS = ["api.example.com"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MEDIA_ROOT = "/var/lib/lumiku/media"
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def found() -> list[str | None]:
    return [message.id for message in checks.production(None)]


def test_good_settings_pass() -> None:
    assert found() == []


def test_nothing_is_said_outside_production(settings: Any) -> None:
    settings.PRODUCTION = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert found() == []


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_default_for_laptops_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, " ")
    assert [str(message.msg) for message in checks.production(None)] == [
        f"{name} must be set in production"
    ]


def test_s3_needs_its_bucket_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGE_BACKEND = "s3"
    monkeypatch.delenv("S3_BUCKET", raising=False)
    assert found() == ["lumiku.E001"]


def test_links_in_mails_must_be_https(settings: Any) -> None:
    settings.BASE_URL = "http://api.example.com"
    assert found() == ["lumiku.E002"]


def test_the_host_of_links_must_be_one_we_answer_to(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["www.example.com"]
    assert found() == ["lumiku.E003"]
    settings.ALLOWED_HOSTS = [".example.com"]
    assert found() == []


def test_password_links_must_not_go_to_the_log(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert found() == ["lumiku.E004"]


def test_the_folder_for_uploads_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert found() == ["lumiku.E005"]


def test_staff_without_a_second_factor_are_mentioned_but_stop_no_start(settings: Any) -> None:
    settings.STAFF_2FA_REQUIRED = False
    [message] = checks.production(None)
    assert (message.id, message.is_serious(WARNING)) == ("lumiku.I001", False)
