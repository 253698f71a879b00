"""A batch before it exists: its row, its price, its images and the files that they bring."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from batches import planning
from batches.creation.intake import Incoming
from batches.creation.requests import BatchRequest
from batches.models import Batch
from batches.planning import Terms
from billing.pricing import Quote
from common.ids import new_id
from common.storage.deposits import Deposit
from common.users import UserRef
from removal import keys
from removal.bulk import NewImage, Original
from removal.intake import Checked


@dataclass(frozen=True)
class Draft:
    """All of a new batch; nothing is stored yet. `upload_ids` are the uploads that it uses up."""

    batch: Batch
    terms: Terms
    images: Sequence[NewImage]
    deposits: Sequence[Deposit]
    upload_ids: Sequence[str] = ()


def first(
    *,
    user: UserRef,
    request: BatchRequest,
    images: Sequence[Incoming],
    background: Checked | None,
    quote: Quote,
    fingerprint: str,
    now: datetime,
) -> Draft:
    """The batch that a request asks for."""
    batch = Batch(
        public_id=new_id("batch"),
        user_id=user.pk,
        source=request.source,
        name=request.name,
        tier=request.tier,
        options=request.fields,
        webhook_url=request.webhook_url,
        request_id=request.request_id,
        idempotency_key=request.idempotency_key,
        fingerprint=fingerprint,
        created_at=now,
        last_served_at=now,
    )
    terms = planning.quoted(quote)
    planned = [
        _of_incoming(user, image, price)
        for image, price in zip(images, _prices(images, terms), strict=True)
    ]
    deposits = [deposit for _, deposit in planned if deposit]
    if background is not None:
        deposits.append(_background(user, batch, background))
    used = [image.upload_id for image in images if image.upload_id is not None]
    new = [image for image, _ in planned]
    return Draft(_priced(batch, terms, len(new)), terms, new, deposits, used)


def again(
    *,
    user: UserRef,
    parent: Batch,
    terms: Terms,
    originals: Sequence[Original],
    request_id: str,
    idempotency_key: str | None,
    fingerprint: str,
    now: datetime,
) -> Draft:
    """The batch that repeats images of `parent`, with copies of their files."""
    batch = Batch(
        public_id=new_id("batch"),
        user_id=user.pk,
        source=parent.source,
        name=parent.name,
        tier=parent.tier,
        options=parent.options,
        webhook_url=parent.webhook_url,
        request_id=request_id,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        retry_of=parent,
        created_at=now,
        last_served_at=now,
    )
    planned = [
        _of_original(user, original, planning.expected_price(terms, index))
        for index, original in enumerate(originals)
    ]
    deposits = [deposit for _, deposit in planned]
    if parent.background_key:
        extension = PurePosixPath(parent.background_key).suffix[1:]
        batch.background_key = _background_key(user, batch, extension)
        deposits.append(Deposit(batch.background_key, copy_of=parent.background_key))
    new = [image for image, _ in planned]
    return Draft(_priced(batch, terms, len(new)), terms, new, deposits)


def _prices(images: Sequence[Incoming], terms: Terms) -> Iterator[int]:
    """The expected price of each image; 0 for those whose header was refused."""
    index = 0
    for image in images:
        if image.problem is not None:
            yield 0
        else:
            yield planning.expected_price(terms, index)
            index += 1


def _priced(batch: Batch, terms: Terms, total_images: int) -> Batch:
    batch.total_images = total_images
    batch.base_credits_per_image = terms.base_credits_per_image
    batch.base_total = terms.base_total
    batch.discount_percentage = terms.discount_percentage
    batch.discount_amount = terms.discount_amount
    batch.partner_percentage = terms.partner_percentage
    batch.final_total = terms.final_total
    batch.past_finished = terms.past.finished
    batch.past_failed = terms.past.failed
    batch.past_captured = terms.past.captured
    return batch


def _of_incoming(user: UserRef, incoming: Incoming, price: int) -> tuple[NewImage, Deposit | None]:
    """The image, and its file unless that is in storage already or cannot be used."""
    job_id, probe = new_id("job"), incoming.probe
    key, deposit = "", None
    if probe is not None and incoming.stored_key:
        key = incoming.stored_key
    elif probe is not None:
        key = keys.original_key(user.public_id, job_id, probe.extension)
        deposit = Deposit(key, content=incoming.open, content_type=probe.content_type)
    image = NewImage(
        job_id=job_id,
        filename=incoming.name,
        price=price,
        size=incoming.size,
        original_key=key,
        width=probe.width if probe else 0,
        height=probe.height if probe else 0,
        format=probe.extension if probe else "",
        error=incoming.problem,
    )
    return image, deposit


def _of_original(user: UserRef, original: Original, price: int) -> tuple[NewImage, Deposit]:
    job_id = new_id("job")
    key = keys.original_key(user.public_id, job_id, original.format)
    image = NewImage(
        job_id=job_id,
        filename=original.filename,
        price=price,
        size=original.size,
        original_key=key,
        width=original.width,
        height=original.height,
        format=original.format,
    )
    return image, Deposit(key, copy_of=original.original_key)


def _background(user: UserRef, batch: Batch, background: Checked) -> Deposit:
    batch.background_key = _background_key(user, batch, background.probe.extension)
    return background.deposit(batch.background_key)


def _background_key(user: UserRef, batch: Batch, extension: str) -> str:
    return keys.background_key(user.public_id, batch.public_id, extension)
