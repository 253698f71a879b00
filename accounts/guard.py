"""Limits per account, on top of the limits per network that the views have."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from accounts.models import User
from common.http import ratelimit
from common.http.client_ip import client_address, network_of


@contextmanager
def against_guessing(address: str) -> Iterator[None]:
    """Wraps the check of a password: failures count, and a success clears the count.

    An attempt is counted before it is checked, so that parallel guesses cannot slip past. Raises
    `RateLimited`.
    """
    ratelimit.enforce("login_account", identity=address)
    yield
    ratelimit.forget("login_account", identity=address)


@contextmanager
def against_guessing_codes(user: User) -> Iterator[None]:
    """The same for the codes of a second factor, and counted apart: whoever has no password never
    comes this far to use the count up, and whoever has it cannot clear the count by it.
    """
    who = f"user:{user.public_id}"
    ratelimit.enforce("login_code", identity=who)
    yield
    ratelimit.forget("login_code", identity=who)


def may_mail(address: str) -> bool:
    """Whether another mail may go to this address now; counts it if so."""
    return ratelimit.hit(ratelimit.policy("account_mail"), identity=address).allowed


def limit_network(request: HttpRequest) -> None:
    """Count a login attempt of the network that a request comes from; raises `RateLimited`."""
    network = network_of(client_address(request))
    ratelimit.enforce("login_address", identity=f"address:{network}")
