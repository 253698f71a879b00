"""Images that workers fetch from addresses."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.models import Upload
from batches.uploads import addresses, fetching, queries, services, sweeper
from batches.uploads.addresses import Address
from batches.uploads.errors import UploadsNotReady
from common import storage
from common.outbound.addresses import resolve
from common.workqueue import WorkQueue
from tests.batches.uploads.factories import URL, ids
from tests.common.workqueue.contract import DispatchedQueueContract
from tests.removal.conftest import Files
from tests.removal.factories import customer, photo
from tests.removal.server import Reply, Seen, Server, serving

pytestmark = pytest.mark.django_db
PHOTO = photo()


class TestFetches(DispatchedQueueContract):
    queue: ClassVar[WorkQueue[Any]] = fetching.QUEUE
    ending: ClassVar[dict[str, Any]] = {
        "arrived_at": timezone.now(),
        "key": "uploads/background-remover/user_1/upl_1-1.jpg",
        "size": 10,
    }

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.owner, self.number = owner, 0

    def add(self) -> Upload:
        self.number += 1
        return added(self.owner, f"https://x.example/{self.number}.jpg")[0]


def added(user: User, *urls: str, now: datetime | None = None) -> list[Upload]:
    wanted = [Address(url) for url in urls]
    return addresses.add(user=user, addresses=wanted, now=now or timezone.now())


def fetched() -> int:
    """Let a worker fetch what is due; returns how many attempts it made."""
    return fetching.fetch_due(clock=timezone.now, for_s=30)


def after(seconds: float) -> int:
    return fetching.fetch_due(clock=lambda: timezone.now() + timedelta(seconds=seconds), for_s=30)


def answer(request: Seen) -> Reply:
    replies = {
        "/photo": Reply(body=PHOTO),
        "/text.jpg": Reply(body=b"not an image"),
        "/empty.jpg": Reply(body=b""),
        "/large.jpg": Reply(body=b"x" * 3000),
        "/away.jpg": Reply(status=503, body=b"later"),
        "/inside.jpg": Reply(status=302, location="http://169.254.169.254/latest"),
        "/file.jpg": Reply(status=302, location="file:///etc/passwd"),
    }
    return replies.get(request.path.partition("?")[0], Reply(status=404, body=b"no"))


@pytest.fixture
def site(settings: Settings) -> Iterator[Server]:
    """A server on this machine, which the operator has allowed; images have 2 KB at most."""
    settings.FETCH_ALLOW_PRIVATE = True
    settings.MAX_IMAGE_BYTES = 2048
    with serving(answer) as server:
        yield server


def only(user: User) -> Upload:
    return Upload.objects.get(user_id=user.pk)


def test_a_fetched_image_is_an_upload_like_any_other(owner: User, site: Server) -> None:
    [upload] = added(owner, f"{site.url}/photo")
    assert fetched() == 1
    found = only(owner)
    assert queries.status_of(found, now=timezone.now()) == "uploaded"
    assert (found.content_type, found.size) == ("image/jpeg", len(PHOTO))
    assert found.key.endswith(f"/{owner.public_id}/{upload.public_id}-1.jpg")
    assert storage.read(found.key) == PHOTO
    assert fetched() == 0


def test_a_batch_starts_with_what_was_fetched(api: Client, owner: User, site: Server) -> None:
    uploads = added(owner, f"{site.url}/photo", f"{site.url}/photo?again")
    fetched()
    body = {"uploadIds": ids(uploads), "tier": "basic"}
    start = api.post("/v1/background-remover/batch", body, content_type="application/json")
    assert start.status_code == 201, start.content
    assert start.json()["data"]["pricing"]["finalTotal"] == 6
    kept = Upload.objects.filter(used_at__isnull=False)
    assert set(kept.values_list("filename", "source_url", "reference")) == {("", "", "")}


@pytest.mark.parametrize(
    "failure",
    [
        ("/text.jpg", "INVALID_FILE_TYPE", "image"),
        ("/empty.jpg", "INVALID_FILE_TYPE", "empty"),
        ("/large.jpg", "FILE_TOO_LARGE", "larger than 2048 bytes"),
        ("/missing.jpg", "INVALID_INPUT", "status 404"),
        ("/file.jpg", "INVALID_INPUT", "https:// or http://"),
    ],
)
def test_unusable_addresses_fail_at_once_with_the_reason(
    api: Client, owner: User, site: Server, failure: tuple[str, str, str]
) -> None:
    path, code, words = failure
    [upload] = added(owner, f"{site.url}{path}")
    fetched()
    shown = api.get(f"{URL}/{upload.public_id}").json()["data"]
    assert (shown["status"], shown["error"]["code"]) == ("failed", code)
    assert words in shown["error"]["message"]
    assert after(3600) == 0


def test_an_error_of_the_other_side_is_tried_three_times(owner: User, site: Server) -> None:
    added(owner, f"{site.url}/away.jpg")
    assert fetched() == 1
    assert queries.status_of(only(owner), now=timezone.now()) == "fetching"
    assert [after(wait) for wait in (3, 6, 20, 100)] == [0, 1, 1, 0]
    assert only(owner).error_message == "The address answered with status 503"
    assert only(owner).failed_at is not None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_nothing_private_is_asked(owner: User, site: Server, settings: Settings, host: str) -> None:
    port = site.url.rpartition(":")[2]
    uploads = added(owner, f"http://{host}:{port}/photo")
    settings.FETCH_ALLOW_PRIVATE = False
    fetched()
    uploads[0].refresh_from_db()
    assert uploads[0].failed_at is not None
    assert site.seen == []


def test_a_redirect_into_a_private_network_is_not_followed(
    owner: User, site: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []

    def noting(target: Any, *, allow_private: bool = False) -> list[str]:
        # Only this test's own server is allowed, as one public host would be.
        reached.append(target.host)
        return resolve(target, allow_private=target.host == "127.0.0.1")

    monkeypatch.setattr("common.outbound.fetch.resolve", noting)
    added(owner, f"{site.url}/inside.jpg")
    fetched()
    assert reached == ["127.0.0.1", "169.254.169.254"]
    assert "private network" in only(owner).error_message


def test_an_upload_that_was_deleted_meanwhile_leaves_no_file(
    owner: User, site: Server, stored: Files
) -> None:
    [upload] = added(owner, f"{site.url}/photo")
    [claimed] = fetching.QUEUE.claim(now=timezone.now())
    outcome = fetching.attempt(claimed, owner.public_id)
    services.give_up(user_id=owner.pk, upload_id=upload.public_id)
    fetching._note(claimed, outcome, now=timezone.now())
    assert list(stored) == []


def test_a_long_list_leaves_room_for_others(owner: User, site: Server) -> None:
    added(owner, *(f"{site.url}/photo?{number}" for number in range(40)))
    other = customer()
    added(other, f"{site.url}/photo")
    claimed = fetching._claim(timezone.now())
    assert len(claimed) == fetching.AT_ONCE
    assert other.pk in {upload.user_id for upload in claimed}


def test_a_batch_takes_no_image_that_is_not_there_yet(owner: User, site: Server) -> None:
    uploads = added(owner, f"{site.url}/photo", f"{site.url}/missing.jpg")
    with pytest.raises(UploadsNotReady, match="2 still being fetched"):
        services.ready(user_id=owner.pk, upload_ids=ids(uploads), now=timezone.now())
    fetched()
    with pytest.raises(UploadsNotReady, match="1 could not be fetched"):
        services.ready(user_id=owner.pk, upload_ids=ids(uploads), now=timezone.now())


def test_the_address_stays_out_of_the_logs(
    owner: User, site: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    added(owner, f"{site.url}/photo?token=sesame", f"{site.url}/missing.jpg?token=sesame")
    fetched()
    assert "sesame" not in caplog.text


def test_one_that_was_not_fetched_is_purged_when_it_expires(owner: User) -> None:
    added(owner, "https://x.example/a.jpg", now=timezone.now() - timedelta(hours=8))
    assert sweeper.purge(now=timezone.now()) == 1


def test_files_of_lost_attempts_are_found_and_deleted(owner: User, stored: Files) -> None:
    [upload] = added(owner, "https://x.example/a.jpg")
    key = f"uploads/background-remover/{owner.public_id}/{upload.public_id}-1.jpg"
    storage.put(key, io.BytesIO(b"x"), content_type="image/jpeg")
    assert sweeper.reap(now=timezone.now()) == 0
    assert sweeper.reap(now=timezone.now() + timedelta(hours=2)) == 1
    assert list(stored) == []
