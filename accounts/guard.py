"""Rate limits on guessing passwords and codes.

A stranger's attempts are counted by account and network, so that nobody can lock out somebody
else, and behind that by account alone, so that many networks together do not get far. Networks
that the account has logged in from before pass that second limit. What a caller confirms in an
open session is counted apart from all attempts to log in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest

from accounts import networks
from accounts.addresses import mailbox
from accounts.models import User
from common.http import ratelimit
from common.http.client_ip import client_address, network_of

Surface = Literal["api", "operators"]


@dataclass(frozen=True)
class Origin:
    """Where an attempt to log in comes from; the two surfaces share no count."""

    network: str
    surface: Surface = "api"


def origin_of(request: HttpRequest, *, surface: Surface = "api") -> Origin:
    return Origin(network_of(client_address(request)), surface)


@contextmanager
def against_guessing(address: str, origin: Origin) -> Iterator[None]:
    """Wraps the check of a password by somebody who is not logged in.

    An attempt is counted before it is checked, so that parallel guesses cannot slip past; a
    success takes it back. Raises `RateLimited`.
    """
    known = networks.is_known(address, origin.network)
    with _counted("login_account", origin, who=address, known=known):
        yield


@contextmanager
def against_guessing_codes(user: User, origin: Origin) -> Iterator[None]:
    """The same for the codes of a second factor, and counted apart: whoever has no password never
    comes this far to use the count up, and whoever has it cannot clear the count by it.
    """
    known = networks.is_known(user.email, origin.network)
    with _counted("login_code", origin, who=user.public_id, known=known):
        yield


@contextmanager
def confirming(policy: Literal["confirm_password", "confirm_code"], user: User) -> Iterator[None]:
    """Wraps what is asked once more of somebody who is logged in.

    Only credentials of the account itself can use this count up. Raises `RateLimited`.
    """
    who = f"user:{user.public_id}"
    ratelimit.enforce(policy, identity=who)
    yield
    ratelimit.forget(policy, identity=who)


def may_mail(address: str) -> bool:
    """Whether another mail may go to this mailbox now; counts it if so."""
    return ratelimit.hit(ratelimit.policy("account_mail"), identity=mailbox(address)).allowed


def may_ask_to_verify(address: str) -> bool:
    """The same for verification mails. They are counted apart: whoever asks for resets of an
    address must not keep its owner from verifying it.
    """
    return ratelimit.hit(ratelimit.policy("verify_mail"), identity=mailbox(address)).allowed


def limit_verification(address: str) -> None:
    """`may_ask_to_verify` for a caller who is told so; raises `RateLimited`."""
    ratelimit.enforce("verify_mail", identity=mailbox(address))


def limit_network(origin: Origin) -> None:
    """Count an attempt of a network, whatever account it is for; raises `RateLimited`."""
    ratelimit.enforce("login_address", identity=f"{origin.surface}:{origin.network}")


@contextmanager
def _counted(policy: str, origin: Origin, *, who: str, known: bool) -> Iterator[None]:
    near = f"{origin.surface}|{origin.network}|{who}"
    ratelimit.enforce(policy, identity=near)
    wide = None
    if not known:
        wide = ratelimit.enforce(f"{policy}_wide", identity=f"{origin.surface}|{who}")
    yield
    ratelimit.forget(policy, identity=near)
    if wide is not None:
        ratelimit.take_back(wide)
