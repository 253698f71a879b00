"""The kinds of e-mail that the outbox sends, each declared by the app that writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise
from prometheus_client import Counter

from common.mail.messages import Message

# Of the user, the row's context and the time: what to say, or `None` when it is no longer true.
Compose = Callable[[Any, Mapping[str, Any], datetime], Message | None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of e-mail: its composer, and the addresses that it may go to.

    `compose` runs when the mail is sent, so tokens and signed links are made then, and in the
    reader's language. It must put what a caller chose through `common.mail.quoting`.

    By default a mail goes to active users with a verified address. `unverified` lets it go to an
    address that may be a stranger's: only for what its owner asked for or paid for. `disabled`
    lets it go to users whom an operator has disabled. One that could not be sent for as long as it
    `lasts` is dropped. A kind with a `notice`, which says in a few words what it tells of, can be
    turned off by whoever gets it (`common.mail.preferences`).
    """

    name: str
    compose: Compose
    unverified: bool = False
    disabled: bool = False
    urgent: bool = False
    lasts: Callable[[], timedelta] | None = None
    notice: str | Promise = ""
    # Counts the outcomes under a name of an earlier release.
    older_counter: Counter | None = None

    declared: ClassVar[dict[str, "Kind"]] = {}

    def __post_init__(self) -> None:
        if self.declared.setdefault(self.name, self) != self:
            raise ValueError(f"{self.name} is declared twice")
