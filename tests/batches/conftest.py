"""The same actors as for single removals, and a media folder of its own for each test."""

from tests.removal.conftest import api, media, owner, staff, stored, stranger

__all__ = ["api", "media", "owner", "staff", "stored", "stranger"]
