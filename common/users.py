"""The protocol of a user, for the apps that must not import the accounts app."""

from typing import Any, Protocol


class UserRef(Protocol):
    """A user: their primary key, the public identifier (`user_…`) and the e-mail address."""

    @property
    def pk(self) -> Any: ...

    @property
    def public_id(self) -> str: ...

    @property
    def email(self) -> str: ...
