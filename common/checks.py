"""Deployment checks: settings that production must not start with (`manage.py check --deploy`)."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

_NEEDED = ("DATABASE_URL", "REDIS_URL", "BASE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL")


@register(Tags.security, deploy=True)
def production(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Settings that have a default which only suits a laptop."""
    if not settings.PRODUCTION:
        return []
    return [*_missing(), *_addresses(), *_mail(), *_storage(), *_folders(), *_staff()]


def _missing() -> Iterator[CheckMessage]:
    names = [*_NEEDED, *(["S3_BUCKET"] if settings.STORAGE_BACKEND == "s3" else [])]
    for name in names:
        if not os.environ.get(name, "").strip():
            yield Error(f"{name} must be set in production", id="lumiku.E001")


def _addresses() -> Iterator[CheckMessage]:
    base = urlsplit(settings.BASE_URL)
    if settings.SECURE_SSL_REDIRECT and base.scheme != "https":
        yield Error("BASE_URL must begin with https://", id="lumiku.E002")
    if base.hostname and not _allowed(base.hostname):
        yield Error(f"ALLOWED_HOSTS does not have {base.hostname} of BASE_URL", id="lumiku.E003")


def _allowed(host: str) -> bool:
    names = [name.strip("[]") for name in settings.ALLOWED_HOSTS]
    return any(
        name in ("*", host) or (name.startswith(".") and f".{host}".endswith(name))
        for name in names
    )


def _mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield Error(
            "EMAIL_URL=console:// would write password links into the log", id="lumiku.E004"
        )


def _storage() -> Iterator[CheckMessage]:
    url = settings.S3_PUBLIC_URL
    if settings.STORAGE_BACKEND == "s3" and url and urlsplit(url).scheme != "https":
        yield Warning("S3_PUBLIC_URL should begin with https://", id="lumiku.W001")


def _folders() -> Iterator[CheckMessage]:
    folder = os.environ.get("TMPDIR", "")
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        # Python would silently use another folder, perhaps one in memory.
        yield Error(f"TMPDIR {folder} cannot be written to", id="lumiku.E005")
    if settings.STORAGE_BACKEND == "file" and Path(settings.MEDIA_ROOT).is_relative_to("/tmp"):  # noqa: S108
        yield Error("MEDIA_ROOT must not lie in /tmp", id="lumiku.E006")


def _staff() -> Iterator[CheckMessage]:
    # No warning, because those stop the start of installations that are older than the setting.
    if not settings.STAFF_2FA_REQUIRED:
        yield Info("STAFF_2FA_REQUIRED is off: staff may do without", id="lumiku.I001")
