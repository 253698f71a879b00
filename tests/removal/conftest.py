"""A client for each actor, and a media folder of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.accounts.factories import UserFactory, bearer
from tests.removal.factories import customer


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    root = tmp_path / "media"
    root.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": root, "allow_overwrite": False},
        },
    }
    return root


@pytest.fixture
def stored(media: Path) -> "Files":
    return Files(media)


class Files:
    """The stored files, as paths below the storage's root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*.*")))


@pytest.fixture
def owner(db: None) -> User:
    return customer()


def client_of(user: User) -> Client:
    return Client(headers={"authorization": bearer(user)})


@pytest.fixture
def api(owner: User) -> Client:
    return client_of(owner)


@pytest.fixture
def stranger(db: None) -> Client:
    return client_of(customer())


@pytest.fixture
def staff(db: None) -> Client:
    return client_of(UserFactory(is_staff=True))
