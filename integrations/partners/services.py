"""Services that start removals for partner applications."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from batches.creation import intake, limits
from batches.creation import services as batches
from batches.creation.intake import Incoming
from batches.creation.requests import BatchRequest
from batches.queries import BatchRow
from common import database, encryption, maintenance
from common.http.errors import InvalidInput
from common.users import UserRef
from integrations.models import Partner, PartnerRequest
from integrations.partners.client import Connection, LoadedImage, PartnerClient
from integrations.partners.errors import PartnerNotConnected
from removal import services as singles
from removal.intake import RemovalRequest, Upload
from removal.queries import JobRow

SOURCE = "partner"


@dataclass(frozen=True)
class PartnerRemoval:
    """A caller's request for what a partner keeps under `reference`, at a tier."""

    reference: str
    tier: str
    name: str = ""
    webhook_url: str = ""
    request_id: str = ""
    idempotency_key: str | None = None
    api_key: str = ""


@dataclass(frozen=True)
class Connected:
    """A partner's row, and the client that calls it for one user."""

    partner: Partner
    client: PartnerClient


def connect(*, slug: str, user: UserRef) -> Connected:
    """The client of an active partner, with `PARTNER_TIMEOUT_S` seconds for all of its calls.

    Raises PartnerNotConnected (404), and UnderMaintenance (503).
    """
    maintenance.refuse_new_work()
    partner = Partner.objects.filter(slug=slug, active=True).first()
    if partner is None:
        raise PartnerNotConnected(details={"partner": slug})
    client = client_of(partner, user_id=user.public_id, timeout_s=settings.PARTNER_TIMEOUT_S)
    return Connected(partner, client)


def client_of(partner: Partner, *, user_id: str, timeout_s: float) -> PartnerClient:
    """The client of a partner's row, with `timeout_s` seconds for all of its calls.

    Raises PartnerNotConnected for a token that cannot be decrypted.
    """
    try:
        token = partner.token
    except encryption.CannotDecrypt:
        raise PartnerNotConnected(
            "The partner's token cannot be read; an operator has to enter it again"
        ) from None
    connection = Connection(
        slug=partner.slug,
        base_url=partner.base_url,
        token=token,
        allowed_hosts=frozenset(str(host).lower() for host in partner.allowed_hosts),
        allow_private=partner.allow_private,
        user_id=user_id,
    )
    return PartnerClient(connection, timeout_s=timeout_s)


def start_batch(
    *, user: UserRef, slug: str, path: str, wanted: PartnerRemoval, now: datetime
) -> BatchRow:
    """Start a batch of all images that the partner lists at `path`, at the partner's rate.

    Images that cannot be loaded or read become failed items, which cost nothing. When none can be
    loaded, the reason for the first is raised; a partner that stops answering before all are here
    is PartnerUnavailable. Raises what `connect`, `PartnerClient.images` and
    `batches.creation.services.start` raise, InvalidInput for fewer than two images and
    BatchTooLarge for more than a batch may have (400); then nothing is held.
    """
    connected = connect(slug=slug, user=user)
    # The partner may be slow, up to its deadline, and asking it needs no database connection.
    database.release()
    images = connected.client.images(path)
    limits.check_count(len(images))
    sizes = {"max_bytes": settings.MAX_IMAGE_BYTES, "max_total": settings.BATCH_MAX_BYTES}
    with connected.client.load_all(images, **sizes) as loaded:
        _require_one(loaded)
        return batches.start(
            user=user,
            request=BatchRequest(
                tier=wanted.tier,
                fields={},
                images=[_incoming(image) for image in loaded],
                name=wanted.name,
                webhook_url=wanted.webhook_url,
                request_id=wanted.request_id,
                idempotency_key=wanted.idempotency_key,
                api_key=wanted.api_key,
                source=SOURCE,
                partner_percent=connected.partner.discount_percentage,
            ),
            now=now,
            within=lambda batch: record(
                connected.partner,
                user,
                batch.public_id,
                reference=wanted.reference,
                items=[image.id for image in images],
                now=now,
            ),
        )


def remove_one(
    *, user: UserRef, slug: str, path: str, wanted: PartnerRemoval, wait_s: float, now: datetime
) -> JobRow:
    """Remove the background of the image that the partner names at `path`, and await the end.

    Raises what `connect`, `PartnerClient.image` and `removal.services.remove` raise.
    """
    connected = connect(slug=slug, user=user)
    database.release()
    image = connected.client.image(path, id=wanted.reference)
    content = connected.client.load(image, max_bytes=settings.MAX_IMAGE_BYTES)
    return singles.remove(
        user=user,
        request=RemovalRequest(
            image=Upload(io.BytesIO(content), image.filename),
            tier=wanted.tier,
            fields={},
            webhook_url=wanted.webhook_url,
            request_id=wanted.request_id,
            idempotency_key=wanted.idempotency_key,
            api_key=wanted.api_key,
            source=SOURCE,
        ),
        wait_s=wait_s,
        now=now,
        within=lambda job: record(
            connected.partner,
            user,
            job.public_id,
            reference=wanted.reference,
            items=[image.id],
            now=now,
        ),
    )


def record(
    partner: Partner,
    user: UserRef,
    subject: str,
    *,
    reference: str,
    items: Sequence[str],
    now: datetime,
) -> None:
    """Store that the job or batch `subject` was started for a partner."""
    PartnerRequest.objects.create(
        partner=partner,
        user_id=user.pk,
        subject=subject,
        reference=reference,
        items=list(items),
        created_at=now,
    )


def _require_one(loaded: Sequence[LoadedImage]) -> None:
    problems = [found.problem for found in loaded]
    if problems and all(problems) and problems[0] is not None:
        raise problems[0]


def _incoming(found: LoadedImage) -> Incoming:
    name = found.image.filename
    if found.file is None:
        # Like a file that cannot be read, it earns no volume discount and cannot be retried.
        reason = found.problem.message if found.problem else ""
        problem = InvalidInput(f"The partner's image could not be loaded: {reason}")
        return Incoming(name, 0, file=io.BytesIO(), problem=problem)
    return intake.of_file(found.file, name=name, size=found.size)
