from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common import storage
from removal import keys, orphans
from tests.common.test_storage_s3 import _bucket, endpoint
from tests.removal.factories import completed

__all__ = ["_bucket", "endpoint"]

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


def test_only_what_nobody_knows_goes(owner: User) -> None:
    job = completed(owner)
    left = keys.original_key(owner.public_id, "job_1", "jpg")
    storage.put(left, b"left behind", content_type="image/jpeg")
    assert orphans.reap(now=timezone.now()) == 0
    assert orphans.reap(now=timezone.now() + timedelta(hours=2)) == 1
    assert storage.exists(job.original_key)
    assert storage.exists(job.result_key)
    assert not storage.exists(left)
