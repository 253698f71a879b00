"""Password validator that ends all sessions of a user whose password was changed."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import end_all_sessions


class EndSessions:
    """Password validator that accepts every password and ends all sessions when one is saved.

    Django calls `password_changed` after saving, also for its own forms and for `manage.py
    changepassword`, so that every way of replacing a password ends the sessions.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Accept every password."""

    def get_help_text(self) -> str:
        return "Every session of the account ends when its password is changed."

    def password_changed(self, password: str, user: User) -> None:
        end_all_sessions(user, now=timezone.now())
