from tests.removal.conftest import api, media, owner, staff, stranger

__all__ = ["api", "media", "owner", "staff", "stranger"]
