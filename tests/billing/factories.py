"""Money for tests, made through the ledger like everyone's."""

from itertools import count

from accounts.models import User
from billing import ledger
from billing.models import Account, Hold
from tests.accounts.factories import UserFactory

_numbers = count(1)


def fresh_key(prefix: str = "key") -> str:
    return f"{prefix}:{next(_numbers)}"


def user_with(credits: int) -> User:
    """A user with so many credits, and with an account even for none."""
    user = UserFactory()
    ledger.grant(user_id=user.pk, credits=credits or 1, key=fresh_key("grant"), reason="Test")
    if not credits:
        ledger.adjust(user_id=user.pk, credits=-1, key=fresh_key(), reason="Test", actor_id=None)
    return user


def account_of(user: User) -> Account:
    return Account.objects.get(user=user)


def hold_for(user: User, credits: int, reference: str = "job_1") -> Hold:
    return ledger.place_hold(
        user_id=user.pk, credits=credits, key=fresh_key("hold"), reference=reference
    )
