"""Intake of images by their addresses: the list is checked here, and workers fetch the images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import basename
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction

from batches.creation import limits
from batches.models import Upload
from batches.uploads import fetching, services
from batches.uploads.errors import AddressesRefused
from common import maintenance
from common.ids import new_id
from common.outbound.addresses import TargetRefused, is_literal, is_public, target_of
from common.users import UserRef
from common.workqueue import at_once
from removal import conf, keys

FIELD = "images"


@dataclass(frozen=True)
class Address:
    """An image that lies somewhere on the internet.

    `filename` names its result; without one the last part of the address does. `line` is where it
    stood in a CSV file, from 1.
    """

    url: str
    filename: str = ""
    reference: str = ""
    line: int | None = None


@transaction.atomic
def add(*, user: UserRef, addresses: Sequence[Address], now: datetime) -> list[Upload]:
    """Have images fetched; returns one upload for each, in order.

    Hosts are looked up by the worker that fetches, never here. Raises AddressesRefused (400) with
    all that is wrong with the list, BatchTooLarge (400), TooManyUploads (409) and UnderMaintenance
    (503).
    """
    maintenance.refuse_new_work()
    limits.check_count(len(addresses), least=1)
    problems = list(_problems(addresses))
    if problems:
        raise AddressesRefused(problems)
    services.check_room(user=user, sizes=[0] * len(addresses), now=now)
    made = Upload.objects.bulk_create([_upload(user, address, now) for address in addresses])
    fetching.QUEUE.dispatch()
    return made


def _problems(addresses: Sequence[Address]) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}
    for index, address in enumerate(addresses):
        where = {"index": index, **({} if address.line is None else {"line": address.line})}
        try:
            url = _checked(address.url)
        except TargetRefused as refusal:
            yield {**where, "reason": str(refusal)}
            continue
        first = seen.setdefault(url, index)
        if first != index:
            line = addresses[first].line
            place = f"entry {first}" if line is None else f"line {line}"
            yield {**where, "reason": f"The same address as in {place}"}


def _checked(url: str) -> str:
    """The address in its usual form; raises `TargetRefused` for one that no fetch would go to."""
    target, policy = target_of(url.strip()), conf.fetch_policy()
    if target.port not in policy.ports:
        raise TargetRefused(f"Port {target.port} is not allowed")
    if is_literal(target.host) and not policy.allow_private and not is_public(target.host):
        raise TargetRefused("This address leads into a private network")
    return target.url


def _upload(user: UserRef, address: Address, now: datetime) -> Upload:
    url = address.url.strip()
    name = address.filename or unquote(basename(urlsplit(url).path))
    return Upload(
        public_id=new_id("upl"),
        user_id=user.pk,
        filename=keys.safe_filename(name),
        reference=address.reference,
        size=0,
        source_url=url,
        available_at=at_once(now),
        dispatched_at=now,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.UPLOAD_LIFETIME_S),
    )
