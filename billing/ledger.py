"""The ledger: the only module that writes balances, holds and entries.

Every operation has a key. The same key with the same body returns the first result, whether it
comes later or at the same time; with another body it raises `KeyReused` (409). Every operation is
atomic by itself and joins the caller's transaction when there is one.

A caller that changes other rows in the same transaction calls the ledger before it touches a batch
or a job: locks are taken in the order account → batch → job.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction

from billing import locks
from billing.errors import (
    AlreadyCaptured,
    AlreadySettled,
    InsufficientCredits,
    KeyReused,
    SpendingCapReached,
)
from billing.locks import Moved
from billing.models import Account, Entry, Hold, HoldStatus, Kind
from billing.spending import services as spending

# The most that one adjustment may give or take. It is well above any real correction, so that a
# mistyped amount is refused.
MAX_ADJUSTMENT = 10_000_000

_Stored = TypeVar("_Stored", Entry, Hold)


@dataclass(frozen=True)
class Balance:
    """A balance in whole credits: available, and held for running work."""

    available: int
    held: int


@dataclass(frozen=True)
class _Line:
    """The values of an entry before its resulting balance is known."""

    kind: Kind
    key: str
    available: int = 0
    held: int = 0
    reference: str = ""
    reason: str = ""
    actor_id: int | None = None


def balance(*, user_id: int) -> Balance:
    """The user's balance; zero for a user without an account."""
    row = Account.objects.filter(user_id=user_id).values_list("available", "held").first()
    return Balance(*row) if row else Balance(available=0, held=0)


def grant(
    *,
    user_id: int,
    credits: int,
    key: str,
    reason: str,
    reference: str = "",
    actor_id: int | None = None,
) -> Entry:
    """Give credits. A payment's grant has the payment as its key, so it happens once, and the order
    that was paid as its `reference`.

    Raises `ValueError` unless `credits` is positive, and `KeyReused`.
    """
    _require_positive(credits)
    line = _Line(Kind.GRANT, key, credits, reference=reference, reason=reason, actor_id=actor_id)
    return _once(user_id, line)


def adjust(*, user_id: int, credits: int, key: str, reason: str, actor_id: int | None) -> Entry:
    """Give (positive) or take (negative) credits for a stated reason.

    A refund uses the key of its payment, so it happens once. Raises `ValueError` for 0 credits or a
    blank reason, `InsufficientCredits` when fewer are available, and `KeyReused`.
    """
    if credits == 0:
        raise ValueError("An adjustment of 0 credits changes nothing")
    if not reason.strip():
        raise ValueError("An adjustment needs a reason")
    return _once(user_id, _Line(Kind.ADJUST, key, credits, reason=reason, actor_id=actor_id))


def correct(*, account_id: int, credits: int, key: str, reason: str, reference: str = "") -> Entry:
    """Correct the credits of a payment, whether or not the account still has a user: added credits
    (positive) are a grant, as with a purchase, and removed ones (negative) an adjustment.

    Raises `ValueError` for 0 credits, `InsufficientCredits`, and `KeyReused`.
    """
    if credits == 0:
        raise ValueError("A correction of 0 credits changes nothing")
    kind = Kind.GRANT if credits > 0 else Kind.ADJUST
    line = _Line(kind, key, credits, reference=reference, reason=reason)
    return _written(
        line,
        take=lambda: _take_from(account_id, line),
        owned=lambda account: account.pk == account_id,
    )


def place_hold(
    *,
    user_id: int,
    credits: int,
    key: str,
    reference: str,
    tier: str | None = None,
    api_key: str = "",
    now: datetime | None = None,
) -> Hold:
    """Set credits aside for `reference` (a job or a batch).

    `tier` only enriches the error; `api_key` is the public identifier of the key that asks for it,
    if one does, whose spending cap applies; `now` is when the hold counts as placed (default: the
    database's clock). Raises `ValueError` unless `credits` is positive, `InsufficientCredits`
    (402, details required, available, tier), `SpendingCapReached` (402) and `KeyReused`.
    """
    _require_positive(credits)
    try:
        with transaction.atomic():
            line = _Line(Kind.HOLD, key, -credits, credits, reference)
            return _open_hold(_take(user_id, line, tier), line, api_key, now)
    except (IntegrityError, InsufficientCredits, SpendingCapReached):
        first = Hold.objects.select_related("account").filter(key=key).first()
        if first is None:
            raise
    wanted = (user_id, credits, reference)
    return _same(first, (first.account.user_id, first.amount, first.reference), wanted)


def settle_hold(*, hold_id: int, captures: Mapping[str, int], now: datetime | None = None) -> Hold:
    """Close a hold: charge `captures` (image key → credits) and release the rest.

    The same captures again return the closed hold. Raises `ValueError` for captures below 1 or
    over the amount held, `AlreadySettled` when it was closed with other captures,
    `AlreadyCaptured` when an image was charged before, and `Hold.DoesNotExist`.
    """
    for credits in captures.values():
        _require_positive(credits)
    try:
        with transaction.atomic():
            hold = locks.hold(hold_id=hold_id)
            if hold.status == HoldStatus.CLOSED:
                return _same_settlement(hold, captures)
            return _close(hold, captures, now)
    except IntegrityError:
        _refuse_captured(captures)
        raise


def release_hold(*, hold_id: int, now: datetime | None = None) -> Hold:
    """Close a hold without charging anything. Raises the errors of `settle_hold`."""
    return settle_hold(hold_id=hold_id, captures={}, now=now)


def _once(user_id: int, line: _Line) -> Entry:
    return _written(
        line,
        take=lambda: _take(user_id, line),
        owned=lambda account: account.user_id == user_id,
    )


def _written(line: _Line, *, take: Callable[[], Moved], owned: Callable[[Account], bool]) -> Entry:
    """Move the credits and write the entry, or return the entry that the key has already."""
    try:
        with transaction.atomic():
            [entry] = _post(take(), [line])
            return entry
    except (IntegrityError, InsufficientCredits):
        known = Entry.objects.select_related("account").filter(kind=line.kind, key=line.key)
        first = known.first()
        if first is None:
            raise
    body = (owned(first.account), first.delta_available, first.reason)
    return _same(first, body, (True, line.available, line.reason))


def _open_hold(moved: Moved, line: _Line, api_key: str, now: datetime | None) -> Hold:
    counted = spending.count(
        account_id=moved.account_id, api_key=api_key, credits=line.held, at=moved.at
    )
    hold = Hold.objects.create(
        account_id=moved.account_id,
        key=line.key,
        reference=line.reference,
        amount=line.held,
        created_at=now or moved.at,
        spending_id=counted,
    )
    _post(moved, [line], hold)
    return hold


def _close(hold: Hold, captures: Mapping[str, int], now: datetime | None) -> Hold:
    captured = sum(captures.values())
    released = hold.amount - captured
    if released < 0:
        raise ValueError(f"{captured} credits captured out of {hold.amount} held")
    lines = [
        _Line(Kind.CAPTURE, image, held=-credits, reference=hold.reference)
        for image, credits in captures.items()
    ]
    if released:
        lines.append(_Line(Kind.RELEASE, hold.key, released, -released, hold.reference))
    moved = locks.move_of_account(
        account_id=hold.account_id, available=released, held=-hold.amount, entries=len(lines)
    )
    if moved is None:
        raise RuntimeError(f"account {hold.account_id} holds less than its hold {hold.pk}")
    if released and hold.spending_id is not None:
        spending.give_back(spending_id=hold.spending_id, credits=released)
    _post(moved, lines, hold)
    hold.captured, hold.released, hold.status = captured, released, HoldStatus.CLOSED
    hold.closed_at = now or moved.at
    hold.save(update_fields=["captured", "released", "status", "closed_at"])
    return hold


def _take(user_id: int, line: _Line, tier: str | None = None) -> Moved:
    """Change the balance by one entry; opens the account for the first credits."""
    change = {"user_id": user_id, "available": line.available, "held": line.held, "entries": 1}
    moved = locks.move_of_user(**change)
    if moved:
        return moved
    if line.available > 0:
        locks.open_account(user_id=user_id)
    # Under the lock the balance is final: credits released a moment ago count, and the error
    # reports the balance that decided.
    account = locks.account(user_id=user_id)
    moved = locks.move_of_user(**change)
    if moved:
        return moved
    available = account.available if account else 0
    raise InsufficientCredits(required=-line.available, available=available, tier=tier)


def _take_from(account_id: int, line: _Line) -> Moved:
    moved = locks.move_of_account(
        account_id=account_id, available=line.available, held=line.held, entries=1
    )
    if moved:
        return moved
    account = Account.objects.get(pk=account_id)
    raise InsufficientCredits(required=-line.available, available=account.available)


def _post(moved: Moved, lines: Sequence[_Line], hold: Hold | None = None) -> list[Entry]:
    """Write the entries of a movement, each with the balance after it."""
    available = moved.available - sum(line.available for line in lines)
    held = moved.held - sum(line.held for line in lines)
    entries = []
    for sequence, line in enumerate(lines, start=moved.sequence - len(lines) + 1):
        available, held = available + line.available, held + line.held
        entries.append(
            Entry(
                account_id=moved.account_id,
                sequence=sequence,
                kind=line.kind,
                key=line.key,
                delta_available=line.available,
                delta_held=line.held,
                available_after=available,
                held_after=held,
                hold=hold,
                reference=line.reference,
                reason=line.reason,
                actor_id=line.actor_id,
                created_at=moved.at,
            )
        )
    return Entry.objects.bulk_create(entries)


def _same(first: _Stored, body: tuple[object, ...], wanted: tuple[object, ...]) -> _Stored:
    if body != wanted:
        raise KeyReused(details={"key": first.key})
    return first


def _same_settlement(hold: Hold, captures: Mapping[str, int]) -> Hold:
    lines = hold.entries.filter(kind=Kind.CAPTURE).values_list("key", "delta_held")
    if {image: -held for image, held in lines} != dict(captures):
        raise AlreadySettled(details={"captured": hold.captured, "released": hold.released})
    return hold


def _refuse_captured(captures: Mapping[str, int]) -> None:
    taken = Entry.objects.filter(kind=Kind.CAPTURE, key__in=list(captures))
    images = sorted(taken.values_list("key", flat=True))
    if images:
        raise AlreadyCaptured(details={"images": images})


def _require_positive(credits: int) -> None:
    if credits < 1:
        raise ValueError(f"An amount is at least 1 credit, not {credits}")
