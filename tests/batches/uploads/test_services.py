"""Services with which a batch checks, inspects and consumes uploads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from batches.creation.intake import Incoming, from_uploads
from batches.models import Upload
from batches.uploads import services
from batches.uploads.errors import NoSuchUploads, UploadsNotReady
from billing.errors import BatchTooLarge
from common import storage
from common.http.errors import InvalidInput
from tests.batches.uploads.factories import announced, ids, uploaded
from tests.removal.factories import customer, photo

pytestmark = pytest.mark.django_db

NOW = timezone.now


def taken(user: User, uploads: list[Upload], **changes: Any) -> list[Incoming]:
    wanted = {"upload_ids": ids(uploads), "now": NOW(), **changes}
    return from_uploads(user=user, **wanted)


def test_images_come_in_the_order_asked_for(owner: User) -> None:
    uploads = uploaded(owner, photo(), photo(kind="PNG"), photo((40, 30), "WEBP"))
    images = taken(owner, uploads[::-1])
    assert [image.upload_id for image in images] == ids(uploads)[::-1]
    assert [image.probe and image.probe.format for image in images] == ["webp", "png", "jpeg"]
    assert [(image.stored_key, image.size, image.name) for image in images] == [
        (upload.key, upload.size, upload.filename) for upload in uploads[::-1]
    ]
    with images[0].open() as file:
        assert file.read() == photo((40, 30), "WEBP")


def test_a_file_that_is_no_image_carries_its_problem(owner: User) -> None:
    good, bad = taken(owner, uploaded(owner, photo(), b"only words"))
    assert (good.problem, bad.probe) == (None, None)
    assert bad.problem is not None
    assert bad.problem.code == "INVALID_FILE_TYPE"


def test_unknown_and_foreign_uploads_are_named(owner: User) -> None:
    mine, theirs = uploaded(owner), uploaded(customer())
    with pytest.raises(NoSuchUploads) as refusal:
        taken(owner, [], upload_ids=[*ids(mine), *ids(theirs), "upl_unknown"])
    assert refusal.value.details == {"uploadIds": [*ids(theirs), "upl_unknown"]}


def test_given_twice(owner: User) -> None:
    uploads = uploaded(owner)
    with pytest.raises(InvalidInput) as refusal:
        taken(owner, [*uploads, *uploads])
    assert refusal.value.details == {"uploadIds": ids(uploads)}


def test_expired_and_used_uploads_are_named(owner: User) -> None:
    old = uploaded(owner, now=NOW() - timedelta(hours=6, seconds=1))
    used, good = uploaded(owner), uploaded(owner)
    use(owner, used)
    with pytest.raises(UploadsNotReady) as refusal:
        taken(owner, [*good, *old, *used])
    assert refusal.value.details == {"expired": ids(old), "used": ids(used)}
    assert refusal.value.status == 409


def test_missing_files_and_other_sizes_are_named(owner: User) -> None:
    good, missing, other = uploaded(owner), announced(owner, 10), uploaded(owner)
    storage.put(other[0].key, b"another", content_type="image/jpeg", replace=True)
    with pytest.raises(UploadsNotReady) as refusal:
        taken(owner, [*good, *missing, *other])
    assert refusal.value.details == {"notUploaded": ids(missing), "sizeMismatch": ids(other)}


def test_one_is_too_few(owner: User) -> None:
    with pytest.raises(InvalidInput, match="At least 2 images"):
        taken(owner, uploaded(owner))


def test_five_hundred_and_one_are_too_many(owner: User) -> None:
    with pytest.raises(BatchTooLarge):
        taken(owner, [], upload_ids=["x"] * 501)


def test_too_many_bytes(owner: User, settings: Any) -> None:
    uploads = uploaded(owner, photo(), photo())
    settings.BATCH_MAX_BYTES = 2 * len(photo()) - 1
    with pytest.raises(BatchTooLarge) as refusal:
        taken(owner, uploads)
    assert refusal.value.details == {
        "bytes": 2 * len(photo()),
        "maxBytes": settings.BATCH_MAX_BYTES,
    }


def use(user: User, uploads: list[Upload], batch_id: int = 7) -> None:
    with transaction.atomic():
        services.consume(user_id=user.pk, upload_ids=ids(uploads), batch_id=batch_id, now=NOW())


def test_using_says_when_and_by_which_batch_and_forgets_the_name(owner: User) -> None:
    uploads = uploaded(owner, photo(), photo())
    use(owner, uploads)
    for upload in Upload.objects.all():
        assert (upload.batch_id, upload.filename) == (7, "")
        assert upload.used_at is not None


def test_using_again(owner: User) -> None:
    first, second = uploaded(owner, photo(), photo())
    use(owner, [first])
    with pytest.raises(UploadsNotReady) as refusal:
        use(owner, [second, first])
    assert refusal.value.details == {"used": ids([first])}
    second.refresh_from_db()
    assert second.used_at is None


def test_uploads_of_another_user_cannot_be_used(owner: User) -> None:
    with pytest.raises(NoSuchUploads):
        use(customer(), uploaded(owner))


def test_a_batch_that_fails_to_start_leaves_them_unused(owner: User) -> None:
    uploads = uploaded(owner)
    with transaction.atomic():
        use(owner, uploads)
        transaction.set_rollback(True)
    assert Upload.objects.get().used_at is None


@pytest.mark.django_db(transaction=True)
def test_of_many_batches_at_once_one_gets_them() -> None:
    user = customer()
    uploads = announced(user, *[10] * 20)

    def one(batch_id: int) -> dict[str, Any] | None:
        mixed = uploads if batch_id % 2 else uploads[::-1]
        try:
            use(user, mixed, batch_id=batch_id)
        except UploadsNotReady as refusal:
            return refusal.details
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(1, 9)))
    assert answers.count(None) == 1
    assert answers.count({"used": ids(uploads)}) == 7
    assert Upload.objects.values("batch_id").distinct().count() == 1
