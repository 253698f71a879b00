"""Credits for people who had some elsewhere: a list of addresses and amounts, each granted once."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from django.db import transaction

from accounts import queries as accounts
from accounts.services import welcome
from billing import ledger
from billing import queries as billing
from common.operators import audit_log
from common.users import UserRef

MOST = 1_000_000
_AMOUNT = re.compile(r"[0-9]{1,7}")


class Outcome(StrEnum):
    GRANTED = "granted"
    BEFORE = "granted before"
    NO_ACCOUNT = "no account yet"


@dataclass(frozen=True)
class Row:
    """One line of the list: its number from 1, the address and the credits."""

    line: int
    email: str
    credits: int


class BadList(Exception):
    """The list cannot be read; the message names the line. Nothing was granted."""


def read(file: TextIO) -> list[Row]:
    """The rows of a CSV file with the columns `email` and `credits`, in any order.

    Raises BadList for a missing column, an amount that is not 1 to 1,000,000, an address without @,
    one that is there twice, and what is not CSV.
    """
    reader = csv.DictReader(file)
    try:
        if not {"email", "credits"} <= set(reader.fieldnames or ()):
            raise BadList("The first line must name the columns email and credits")
        rows = list(_rows(reader))
    except csv.Error as problem:
        raise BadList(f"Line {reader.line_num + 1}: {problem}") from None
    seen: dict[str, int] = {}
    for row in rows:
        first = seen.setdefault(row.email.lower(), row.line)
        if first != row.line:
            raise BadList(f"Line {row.line}: {row.email} is in line {first} already")
    return rows


def grant(
    rows: Iterable[Row], *, campaign: str, reason: str, operator: UserRef, dry_run: bool = False
) -> Iterator[tuple[Row, Outcome]]:
    """Grant each row's credits once for each campaign and mailbox, also after an erasure.

    Whoever has no account yet is left for a later run of the same list. Each grant is a
    transaction of its own, with a line in the operators' log.
    """
    for row in rows:
        yield row, _granted(row, campaign, reason, operator, dry_run=dry_run)


def _granted(row: Row, campaign: str, reason: str, operator: UserRef, *, dry_run: bool) -> Outcome:
    key = f"stranded:{campaign}:{welcome.digest(row.email)}"
    if billing.granted_to(key=key) is not None:
        return Outcome.BEFORE
    user = accounts.anybody(row.email)
    if user is None or not user.is_active:
        return Outcome.NO_ACCOUNT
    if not dry_run:
        with transaction.atomic():
            ledger.grant(
                user_id=user.pk,
                credits=row.credits,
                key=key,
                reason=reason,
                actor_id=operator.pk,
            )
            audit_log.record(
                operator=operator,
                action="credits.stranded",
                target=user,
                after={"credits": row.credits, "campaign": campaign},
                reason=reason,
            )
    return Outcome.GRANTED


def _rows(reader: "csv.DictReader[str]") -> Iterator[Row]:
    for given in reader:
        line = reader.line_num
        email, amount = (given.get("email") or "").strip(), (given.get("credits") or "").strip()
        if not email and not amount:
            continue
        if "@" not in email:
            raise BadList(f"Line {line}: {email!r} is not an e-mail address")
        if not _AMOUNT.fullmatch(amount) or not 1 <= int(amount) <= MOST:
            raise BadList(f"Line {line}: credits must be a whole number from 1 to {MOST:,}")
        yield Row(line=line, email=email, credits=int(amount))
