"""Rate limits on guessing passwords and codes.

Attempts from unknown networks are counted by account and network, so that nobody can lock out
another user, and also by account alone, so that spreading guesses over many networks does not help.
The second limit does not apply to networks that the account has logged in from before.
Confirmations in an open session are counted separately from all attempts to log in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest

from accounts import agents, networks
from accounts.addresses import mailbox
from accounts.models import User
from common.http import ratelimit
from common.http.client_ip import client_address, network_of

Surface = Literal["api", "operators"]


@dataclass(frozen=True)
class Origin:
    """The source of a login attempt. The API and the operators' pages are counted separately."""

    network: str
    surface: Surface = "api"
    # The program, as `accounts.agents` describes it; it is not part of any limit's key.
    agent: str = ""


def origin_of(request: HttpRequest, *, surface: Surface = "api") -> Origin:
    agent = agents.describe(request.headers.get("User-Agent", ""))
    return Origin(network_of(client_address(request)), surface, agent)


@contextmanager
def against_guessing(address: str, origin: Origin) -> Iterator[None]:
    """Context manager around the password check of a caller who is not logged in.

    An attempt is counted before the check, so that parallel guesses cannot exceed the limit; a
    success takes it back. Raises `RateLimited`.
    """
    known = networks.is_known(address, origin.network)
    with _counted("login_account", origin, who=address, known=known):
        yield


@contextmanager
def against_guessing_codes(user: User, origin: Origin) -> Iterator[None]:
    """Context manager around the check of a second-factor code, counted separately from passwords.
    Without the password nobody reaches this count to exhaust it, and the right password does not
    reset it.
    """
    known = networks.is_known(user.email, origin.network)
    with _counted("login_code", origin, who=user.public_id, known=known):
        yield


@contextmanager
def confirming(policy: Literal["confirm_password", "confirm_code"], user: User) -> Iterator[None]:
    """Context manager around a confirmation that a logged-in user is asked for.

    Only credentials of the account itself count here. Raises `RateLimited`.
    """
    who = f"user:{user.public_id}"
    ratelimit.enforce(policy, identity=who)
    yield
    ratelimit.forget(policy, identity=who)


def may_mail(address: str) -> bool:
    """Return whether another mail may go to this mailbox now, and count it if so."""
    return ratelimit.hit(ratelimit.policy("account_mail"), identity=mailbox(address)).allowed


def may_ask_to_verify(address: str) -> bool:
    """`may_mail` for verification mails. They are counted separately: requests for password resets
    must not keep the owner of an address from verifying it.
    """
    return ratelimit.hit(ratelimit.policy("verify_mail"), identity=mailbox(address)).allowed


def limit_verification(address: str) -> None:
    """`may_ask_to_verify` that raises `RateLimited` instead of returning False."""
    ratelimit.enforce("verify_mail", identity=mailbox(address))


def limit_network(origin: Origin) -> None:
    """Count an attempt from a network, for whatever account; raises `RateLimited`."""
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
