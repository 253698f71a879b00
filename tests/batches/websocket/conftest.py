from tests.removal.conftest import media

__all__ = ["media"]
