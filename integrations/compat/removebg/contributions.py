"""Pictures that customers give to improve the models (`POST /v1.0/improve`), for operators who
offer that (`REMOVEBG_IMPROVE`). Sending one is the consent to keep it.
"""

import uuid
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from common import maintenance, storage
from common.http.errors import NotFound
from common.storage import deposits
from common.users import UserRef
from integrations.compat.removebg import SOURCE
from integrations.compat.removebg.errors import refused
from integrations.models import Contribution
from removal import intake, keys
from removal.intake import Address, Upload

FOLDER = "improve"
# Of one account, so that nobody uses this as storage.
MOST = 1000
LONGEST_TAG = 128
_ROWS = 500
# A file this young may belong to a request whose transaction is still open.
_YOUNG = timedelta(hours=1)


def check_offered() -> None:
    """Raises NotFound (404) where the installation keeps no pictures."""
    if not settings.REMOVEBG_IMPROVE:
        raise NotFound("This installation keeps no pictures to learn from")


def keep(
    *, user: UserRef, image: Upload | Address, filename: str, tag: str, now: datetime
) -> Contribution:
    """Store a picture; the same one of the account again is the one that is there.

    Raises InvalidInput (400) for what is no picture or beyond the number that an account may give,
    and what a fetch raises.
    """
    if len(tag) > LONGEST_TAG:
        raise refused("invalid_tag", f"Invalid tag parameter: at most {LONGEST_TAG} characters")
    maintenance.refuse_new_work()
    found = intake.check(image, field="image", source=SOURCE)
    digest = intake.digest(found.upload).hex()
    given = Contribution.objects.filter(user_id=user.pk)
    if earlier := given.filter(digest=digest).first():
        return earlier
    if given.count() >= MOST:
        raise refused("too_many_images", f"An account may give {MOST} pictures")
    number = uuid.uuid4()
    deposit = found.deposit(f"{FOLDER}/{user.public_id}/{number}.{found.probe.extension}")
    try:
        with deposits.stored([deposit]), transaction.atomic():
            return Contribution.objects.create(
                contribution_id=number,
                user_id=user.pk,
                digest=digest,
                key=deposit.key,
                filename=keys.safe_filename(filename or found.upload.name),
                tag=tag,
                created_at=now,
            )
    except IntegrityError:
        # The same picture came twice at the same moment.
        return given.get(digest=digest)


def erase(*, user: UserRef) -> None:
    """Delete all that an account gave, files first."""
    _delete(Contribution.objects.filter(user_id=user.pk))


def purge(*, now: datetime) -> int:
    """Delete what has been kept long enough, and files that no row names; returns how many."""
    before = now - timedelta(days=settings.REMOVEBG_IMPROVE_D)
    return _delete(Contribution.objects.filter(created_at__lt=before)) + _reap(now - _YOUNG)


def _delete(given: QuerySet[Contribution]) -> int:
    """Files first: a row whose file is gone is found again, a file without a row is not."""
    deleted = 0
    for contribution in given.iterator(chunk_size=_ROWS):
        storage.delete(contribution.key)
        contribution.delete()
        deleted += 1
    return deleted


def _reap(before: datetime) -> int:
    """Files that a process left behind which ended before its row was written."""
    old = (key for key, changed in storage.listed(f"{FOLDER}/") if changed < before)
    reaped = 0
    while some := list(islice(old, _ROWS)):
        named = Contribution.objects.filter(key__in=some).values_list("key", flat=True)
        for key in set(some) - set(named):
            storage.delete(key)
            reaped += 1
    return reaped
