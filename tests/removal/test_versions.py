"""GET …/jobs/{id}/mask, and GET and POST …/jobs/{id}/versions."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw
from pytest_django import Settings

from accounts.models import User
from batches import finalize
from batches.archive import build, rebuild
from billing import ledger
from common import storage
from common.http.auth import Scope
from common.http.media import signed_url
from common.workqueue import LeaseLost
from removal import bulk, erasure, keys, orphans
from removal import runner as jobs_runner
from removal.models import Job, Version
from removal.versions import runner, services
from removal.versions.queue import VERSIONS
from tests.accounts.factories import api_key_for
from tests.batches.working import started
from tests.common.workqueue.contract import DispatchedQueueContract
from tests.removal.conftest import Files
from tests.removal.factories import completed, photo, queued, row, uploaded

JOBS = "/v1/background-remover/jobs"
ASYNC = {"prefer": "respond-async"}

pytestmark = pytest.mark.django_db


def url(job: Job) -> str:
    return f"{JOBS}/{job.public_id}/versions"


def png(picture: Image.Image, name: str = "mask.png") -> SimpleUploadedFile:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


def left_half(mode: str = "L", size: tuple[int, int] = (96, 64)) -> SimpleUploadedFile:
    """A mask that keeps the left half."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=255)
    if mode == "RGBA":
        black = Image.new("RGBA", size, (0, 0, 0, 0))
        black.putalpha(mask)
        return png(black)
    return png(mask.convert(mode))


def asked(client: Client, job: Job, status: int = 202, key: str = "", **fields: Any) -> Any:
    headers = {**ASYNC, **({"idempotency-key": key} if key else {})}
    answer = client.post(url(job), fields, headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()["data"] if status < 300 else answer.json()["error"]


def rendered(client: Client, job: Job, **fields: Any) -> Any:
    """The version as it is once a worker has been at it, and the job."""
    number = asked(client, job, **fields)["version"]["version"]
    assert runner.run(Version.objects.get(job=job, number=number).pk)
    return client.get(f"{url(job)}/{number}").json()["data"]


def picture(address: str) -> Image.Image:
    answer: Any = Client().get(address)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.getvalue()))


class TestMask:
    def test_it_is_as_large_as_the_photo_and_white_where_the_subject_is(
        self, api: Client, owner: User
    ) -> None:
        job = completed(owner, fields={"crop": True, "bg_color": "red"})
        answer: Any = api.get(f"{JOBS}/{job.public_id}/mask")
        mask = Image.open(io.BytesIO(answer.getvalue()))
        assert answer.headers["Content-Type"] == "image/png"
        assert (mask.mode, mask.size) == ("L", (96, 64))
        assert (mask.getpixel((48, 32)), mask.getpixel((1, 1))) == (255, 0)

    def test_what_is_not_kept_is_a_conflict(self, api: Client, owner: User) -> None:
        expired = completed(owner)
        erasure.drop_original(expired)
        lost = completed(owner)
        storage.delete(keys.mask_key(lost.result_key))
        for job in (queued(owner), row(owner, status="failed"), expired, lost):
            assert api.get(f"{JOBS}/{job.public_id}/mask").status_code == 409

    def test_stranger_staff_and_anonymous(
        self, stranger: Client, staff: Client, owner: User
    ) -> None:
        address = f"{JOBS}/{completed(owner).public_id}/mask"
        assert [stranger.get(address).status_code, staff.get(address).status_code] == [404, 404]
        assert Client().get(address).status_code == 401


class TestRender:
    @pytest.mark.parametrize("mode", ["L", "RGBA"])
    def test_a_mended_mask_decides_what_is_kept(self, api: Client, owner: User, mode: str) -> None:
        job = completed(owner)
        before = ledger.balance(user_id=owner.pk)
        data = rendered(api, job, mask=left_half(mode))
        result = picture(data["job"]["processedUrl"])
        assert result.getpixel((5, 32))[3] == 255  # type: ignore[index]
        assert result.getpixel((90, 32)) == (0, 0, 0, 0)
        assert (data["version"]["version"], data["version"]["current"]) == (2, True)
        assert data["job"]["version"] == 2
        assert ledger.balance(user_id=owner.pk) == before

    def test_the_mask_can_be_mended_again(self, api: Client, owner: User) -> None:
        job = completed(owner)
        rendered(api, job, mask=left_half())
        answer: Any = api.get(f"{JOBS}/{job.public_id}/mask")
        mask = np.asarray(Image.open(io.BytesIO(answer.getvalue())))
        assert (mask[:, :48].min(), mask[:, 48:].max()) == (255, 0)

    def test_soft_edges_get_the_subjects_own_colour(self, api: Client, owner: User) -> None:
        job = completed(owner)
        soft = Image.new("L", (96, 64), 0)
        ImageDraw.Draw(soft).ellipse((20, 6, 76, 58), fill=128)
        ImageDraw.Draw(soft).ellipse((26, 12, 70, 52), fill=255)
        result = picture(rendered(api, job, mask=png(soft))["job"]["processedUrl"])
        # The photo is blue there, the disc red.
        red, _, blue, alpha = result.getpixel((22, 32))  # type: ignore[misc]
        assert alpha == 128
        assert red > blue

    def test_other_options_need_no_new_mask(self, api: Client, owner: User) -> None:
        job = completed(owner)
        data = rendered(api, job, bg_color="#00ff00", format="jpg", canvas="200x200")
        result = picture(data["job"]["processedUrl"])
        assert (result.size, result.format) == ((200, 200), "JPEG")
        red, green, blue = result.getpixel((2, 2))  # type: ignore[misc]
        assert (red < 10, green > 245, blue < 10) == (True, True, True)
        assert data["version"]["options"] == {
            "bg_color": "#00ff00",
            "format": "jpg",
            "canvas": "200x200",
        }

    def test_without_options_those_of_the_present_version_stay(
        self, api: Client, owner: User
    ) -> None:
        job = completed(owner, fields={"format": "webp", "bg_color": "red"})
        assert rendered(api, job, mask=left_half())["version"]["options"] == {
            "format": "webp",
            "bg_color": "red",
        }
        rendered(api, job, format="png")
        assert rendered(api, job, mask=left_half())["version"]["options"] == {"format": "png"}

    def test_a_background_picture_stays_until_another_is_chosen(
        self, api: Client, owner: User
    ) -> None:
        job = completed(owner)
        green = png(Image.new("RGB", (50, 50), (0, 200, 0)), "beach.png")
        first = rendered(api, job, bg_image=green)
        second = rendered(api, job, mask=left_half())
        for data in (first, second):
            assert picture(data["job"]["processedUrl"]).getpixel((90, 3)) == (0, 200, 0)
        third = rendered(api, job, format="png")
        assert picture(third["job"]["processedUrl"]).getpixel((90, 3)) == (0, 0, 0, 0)

    def test_a_preset_may_be_named(self, api: Client, owner: User) -> None:
        data = rendered(api, completed(owner), preset="ebay", canvas="160x160")
        assert (data["version"]["options"]["canvas"], data["version"]["options"]["format"]) == (
            "160x160",
            "jpg",
        )

    def test_earlier_versions_can_still_be_read(self, api: Client, owner: User) -> None:
        job = completed(owner)
        first = job.result_key
        rendered(api, job, mask=left_half())
        versions = api.get(url(job)).json()["data"]["versions"]
        assert [(one["version"], one["current"]) for one in versions] == [(1, False), (2, True)]
        assert versions[0]["processedUrl"].startswith(f"/{first}?")
        assert picture(versions[0]["processedUrl"]).size == (96, 64)
        assert picture(versions[1]["preview"]["small"]).format == "WEBP"

    def test_previews_follow(self, api: Client, owner: User) -> None:
        job = completed(owner)
        before = api.get(f"{JOBS}/{job.public_id}").json()["data"]["previews"]
        after = rendered(api, job, mask=left_half())["job"]["previews"]
        assert before["result"]["small"].partition("?")[0] not in after["result"]["small"]
        assert picture(after["result"]["large"]).getpixel((90, 32))[3] == 0  # type: ignore[index]

    def test_the_archive_of_a_batch_is_written_anew(self, api: Client, owner: User) -> None:
        batch = started(owner, 2)
        for _ in range(2):
            [job] = bulk.claim(batch_id=batch.pk, limit=1, now=timezone.now())
            jobs_runner.process(job)
        finalize.finish_if_done(batch_id=batch.pk, now=timezone.now())
        assert build.build(batch_id=batch.pk)
        batch.refresh_from_db()
        assert batch.zip_key
        first = bulk.items(batch_id=batch.pk).first()
        assert first is not None
        rendered(api, first, mask=left_half())
        batch.refresh_from_db()
        assert batch.zip_key == ""
        assert rebuild.run(batch_id=batch.pk)
        batch.refresh_from_db()
        with zipfile.ZipFile(io.BytesIO(storage.read(batch.zip_key))) as archive:
            name = next(entry for entry in archive.namelist() if entry.endswith(".png"))
            mended = Image.open(io.BytesIO(archive.read(name)))
        assert mended.getpixel((90, 32)) == (0, 0, 0, 0)

    def test_the_same_key_asks_once(self, api: Client, owner: User) -> None:
        job = completed(owner)
        first = asked(api, job, mask=left_half(), key="k")
        again = asked(api, job, mask=left_half(), key="k")
        assert first["version"]["version"] == again["version"]["version"] == 2
        wanted = services.VersionRequest(given={"format": "png"}, idempotency_key="k")
        with pytest.raises(Exception, match="already used"):
            services.request(user=owner, job_id=job.public_id, wanted=wanted, now=timezone.now())
        assert Version.objects.count() == 2

    def test_the_later_of_two_that_were_asked_for_is_shown(self, api: Client, owner: User) -> None:
        job = completed(owner)
        early = asked(api, job, format="png")["version"]["version"]
        rendered(api, job, format="webp")
        runner.run(Version.objects.get(job=job, number=early).pk)
        shown = api.get(f"{JOBS}/{job.public_id}").json()["data"]
        assert (shown["version"], shown["processedUrl"].partition("?")[0][-5:]) == (3, ".webp")

    def test_a_redelivered_message_does_nothing(self, api: Client, owner: User) -> None:
        job = completed(owner)
        rendered(api, job, format="webp")
        assert not runner.run(Version.objects.get(job=job, number=2).pk)


def _text(size: tuple[int, int]) -> SimpleUploadedFile:
    return SimpleUploadedFile("mask.png", b"no picture at all, and long enough", "image/png")


def _sixteen(size: tuple[int, int]) -> SimpleUploadedFile:
    return png(Image.fromarray(np.zeros(size[::-1], dtype=np.uint16)))


class TestRefusals:
    @pytest.mark.parametrize(
        ("mask", "code"),
        [
            (_text, "INVALID_FILE_TYPE"),
            (lambda _: uploaded(photo((96, 64))), "INVALID_FILE_TYPE"),
            (lambda _: left_half(size=(64, 96)), "INVALID_INPUT"),
            (lambda _: left_half(size=(97, 64)), "INVALID_INPUT"),
            (_sixteen, "INVALID_FILE_TYPE"),
            (lambda size: png(Image.new("RGB", size)), "INVALID_FILE_TYPE"),
            (lambda size: png(Image.new("P", size)), "INVALID_FILE_TYPE"),
        ],
    )
    def test_a_file_that_is_no_mask(
        self,
        api: Client,
        owner: User,
        mask: Callable[[tuple[int, int]], SimpleUploadedFile],
        code: str,
    ) -> None:
        error = asked(api, completed(owner), 400, mask=mask((96, 64)))
        assert (error["code"], error["details"]["field"]) == (code, "mask")
        assert not Version.objects.exists()

    def test_a_mask_that_is_too_heavy(self, api: Client, owner: User, settings: Settings) -> None:
        job = completed(owner)
        settings.MAX_IMAGE_BYTES = 100
        assert asked(api, job, 400, mask=left_half())["code"] == "FILE_TOO_LARGE"

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"colour": "red"},
            {"tier": "basic"},
            {"fill": "85%", "padding": "5%"},
            {"canvas": "30000x30000"},
            {"preset": "nobodys"},
        ],
    )
    def test_options_that_do_not_fit(
        self, api: Client, owner: User, fields: dict[str, Any]
    ) -> None:
        asked(api, completed(owner), 400, **fields)
        assert not Version.objects.exists()

    def test_a_damaged_mask_is_told_once_it_was_read(self, api: Client, owner: User) -> None:
        whole = left_half().read()
        damaged = SimpleUploadedFile("mask.png", whole[:-30], "image/png")
        data = rendered(api, completed(owner), mask=damaged)
        assert data["version"]["status"] == "failed"
        assert data["version"]["error"]["code"] == "INVALID_FILE_TYPE"
        assert data["job"]["version"] == 1

    def test_a_mask_that_keeps_nothing(self, api: Client, owner: User) -> None:
        data = rendered(api, completed(owner), mask=png(Image.new("L", (96, 64), 0)))
        assert data["version"]["error"]["code"] == "NO_SUBJECT_FOUND"

    def test_what_is_not_kept_is_a_conflict(self, api: Client, owner: User) -> None:
        expired = completed(owner)
        erasure.drop_original(expired)
        for job in (queued(owner), row(owner, status="failed"), expired):
            asked(api, job, 409, mask=left_half())

    def test_an_image_of_a_batch_waits_until_it_is_paid_for(self, api: Client, owner: User) -> None:
        batch = started(owner, 2)
        [job, _] = bulk.claim(batch_id=batch.pk, limit=2, now=timezone.now())
        jobs_runner.process(job)
        asked(api, job, 409, mask=left_half())

    def test_a_picture_has_so_many(self, api: Client, owner: User, settings: Settings) -> None:
        settings.MAX_VERSIONS = 2
        job = completed(owner)
        asked(api, job, mask=left_half())
        assert asked(api, job, 409, mask=left_half())["details"] == {"maxVersions": 2}

    def test_stranger_staff_anonymous_and_a_reading_key(
        self, stranger: Client, staff: Client, owner: User
    ) -> None:
        job = completed(owner)
        for other in (stranger, staff):
            asked(other, job, 404, format="png")
            assert other.get(url(job)).status_code == 404
            assert other.get(f"{url(job)}/1").status_code == 404
        assert Client().post(url(job), {"format": "png"}).status_code == 401
        reader = Client(headers={"x-api-key": api_key_for(owner, scopes=[Scope.REMOVAL_READ])})
        assert reader.get(url(job)).status_code == 200
        asked(reader, job, 403, format="png")

    @pytest.mark.parametrize("number", ["1", "x", "99999", "²"])
    def test_a_version_that_is_not_there(self, api: Client, owner: User, number: str) -> None:
        assert api.get(f"{url(completed(owner))}/{number}").status_code == 404


class TestFiles:
    def test_all_go_with_the_job(self, api: Client, owner: User, stored: Files) -> None:
        job = completed(owner)
        green = png(Image.new("RGB", (50, 50), (0, 200, 0)), "beach.png")
        rendered(api, job, mask=left_half(), bg_image=green)
        asked(api, job, mask=left_half())
        api.delete(f"{JOBS}/{job.public_id}")
        assert (list(stored), Version.objects.count()) == ([], 0)

    def test_a_job_erased_while_it_is_rendered_leaves_no_file(
        self, api: Client, owner: User, stored: Files
    ) -> None:
        job = completed(owner)
        asked(api, job, mask=left_half())
        [version] = VERSIONS.claim(now=timezone.now())
        cutout = runner._rendered(version)
        api.delete(f"{JOBS}/{job.public_id}")
        version.job.refresh_from_db(fields=["status"])
        key = runner._store(version, cutout)
        with pytest.raises(LeaseLost):
            runner._publish(version, cutout, key, timezone.now())
        erasure.drop(key)
        assert list(stored) == []

    def test_what_was_sent_goes_when_the_original_expires(
        self, api: Client, owner: User, stored: Files
    ) -> None:
        job = completed(owner)
        data = rendered(api, job, mask=left_half())
        Job.objects.update(created_at=timezone.now() - timedelta(hours=25))
        erasure.expire(now=timezone.now())
        assert not any("mask" in name or "original" in name for name in stored)
        assert picture(data["job"]["processedUrl"]).size == (96, 64)
        assert api.get(f"{JOBS}/{job.public_id}").json()["data"]["editable"] is False

    def test_all_versions_expire_with_the_result(
        self, api: Client, owner: User, stored: Files
    ) -> None:
        rendered(api, completed(owner), mask=left_half())
        long_ago = timezone.now() - timedelta(days=8)
        Job.objects.update(created_at=long_ago, completed_at=long_ago)
        erasure.expire(now=timezone.now())
        assert list(stored) == []

    def test_the_search_for_orphans_keeps_them(
        self, api: Client, owner: User, stored: Files
    ) -> None:
        rendered(api, completed(owner), mask=left_half())
        before = list(stored)
        orphans.reap(now=timezone.now() + timedelta(hours=2))
        assert list(stored) == before

    def test_a_result_that_no_version_names_stays_closed(self, api: Client, owner: User) -> None:
        job = completed(owner)
        asked(api, job, mask=left_half())
        [version] = VERSIONS.claim(now=timezone.now())
        key = runner._store(version, runner._rendered(version))
        assert Client().get(signed_url(key, now=timezone.now())).status_code == 404
        assert api.get(f"/{key}").status_code == 404


class TestQueue(DispatchedQueueContract):
    """The work queue of versions keeps the contract of all work queues."""

    queue = VERSIONS
    ending = {"status": "completed", "completed_at": timezone.now()}

    @pytest.fixture(autouse=True)
    def _of(self, owner: User) -> None:
        self.job = row(owner)

    def add(self) -> Version:
        now = timezone.now()
        number = Version.objects.count() + 2
        return Version.objects.create(
            job=self.job, number=number, created_at=now, available_at=now, dispatched_at=now
        )


def test_only_one_of_two_claims_gets_it(api: Client, owner: User) -> None:
    asked(api, completed(owner), format="webp")
    assert len(VERSIONS.claim(now=timezone.now(), only=Q(status="queued"))) == 1
    assert VERSIONS.claim(now=timezone.now()) == []
