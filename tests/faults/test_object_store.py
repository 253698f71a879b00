"""A whole batch while the object store refuses three requests in ten, or its answers get lost.

The suite has all of it in one process. With real workers, and more images:

    LUMIKU_FAULTS=full pytest tests/faults/test_object_store.py
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from accounts.models import User
from batches import worker
from batches.archive import build
from billing import ledger
from config import objectstore
from removal import keys
from tests.batches.archive.factories import PRICE, archive_of
from tests.batches.working import started
from tests.faults import service_stack
from tests.faults.conftest import FULL, ROOT
from tests.faults.service_stack import ServiceStack
from tests.faults.test_batches import photos, settle
from tests.objectstore import ObjectStore, empty

pytestmark = pytest.mark.system

FEW, MANY = 3, 12
# The result and its mask. Previews may be missing, because a job ends without them.
FILES = 2
PREVIEWS = tuple(name for names in keys.PREVIEWS.values() for name in names)


@pytest.fixture
def flaky(object_store: ObjectStore) -> Iterator[str]:
    """The address of a proxy before the object store that fails 30 % of the requests."""
    port = urlsplit(object_store.endpoint).port
    command = [sys.executable, "-m", "tests.flaky", str(port), "0.3", "20250115"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        yield f"http://127.0.0.1:{proxy.stdout.readline().strip()}"
        proxy.terminate()


def kinds(store: ObjectStore, bucket: str) -> Counter[str]:
    """The number of objects of each kind but previews, and of unfinished ones."""
    client = store.client()
    found = [
        entry["Key"]
        for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])
        if not entry["Key"].endswith(PREVIEWS)
    ]
    unfinished = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return Counter([*(key.partition("/")[0] for key in found), *("part" for _ in unfinished)])


@pytest.mark.django_db(transaction=True)
def test_every_image_is_stored_once_and_paid_once(
    owner: User, object_store: ObjectStore, bucket: str, flaky: str, settings: Settings
) -> None:
    options = {
        **object_store.storage(bucket)["OPTIONS"],
        **objectstore.options(addressing_style="path"),
        "endpoint_url": flaky,
    }
    default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    batch = started(owner, FEW)
    while batch.status in ("pending", "processing"):
        worker.run()
        batch.refresh_from_db()
    assert build.build(batch_id=batch.pk)
    assert len(archive_of(batch).namelist()) == FEW + 1
    assert kinds(object_store, bucket) == {"uploads": FEW, "processed": FEW * FILES, "batches": 1}
    charged = ledger.Balance(available=100 - FEW * PRICE, held=0)
    assert ledger.balance(user_id=owner.pk) == charged


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not FULL, reason="LUMIKU_FAULTS=full runs it: a whole service is started")
class TestService:
    BUCKET = "flaky"

    @pytest.fixture
    def service(self, object_store: ObjectStore, flaky: str) -> Iterator[ServiceStack]:
        client = object_store.client()
        client.create_bucket(Bucket=self.BUCKET)
        environment = object_store.environment(self.BUCKET) | {"S3_ENDPOINT_URL": flaky}
        with service_stack.running(**environment) as running:
            yield running
        empty(client, self.BUCKET)
        client.delete_bucket(Bucket=self.BUCKET)

    def test_every_image_is_stored_once_and_paid_once(
        self, service: ServiceStack, object_store: ObjectStore
    ) -> None:
        batch = service.start(photos(MANY))
        settle(service, batch, images=MANY)
        wanted = {"uploads": MANY, "processed": MANY * FILES, "batches": 1}
        assert kinds(object_store, self.BUCKET) == wanted
