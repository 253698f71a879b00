"""The Python client against the whole service."""

import asyncio
import io
import zipfile
from pathlib import Path

import pytest
from lumiku import AsyncBackgroundRemoverClient, BackgroundRemoverClient, errors
from lumiku.models import Progress
from PIL import Image

from tests.faults.service_stack import ServiceStack
from tests.sdk.live.conftest import PHOTO

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_single_image_by_path_file_and_bytes(
    client: BackgroundRemoverClient, tmp_path: Path
) -> None:
    with PHOTO.open("rb") as file:
        for image in (PHOTO, str(PHOTO), file, PHOTO.read_bytes()):
            removed = client.remove_single(image=image, tier="basic", scale=0.25)
            assert (removed.tier, removed.credits_used) == ("basic", 3)
    assert removed.processed_url
    saved = client.download(removed.processed_url, tmp_path / "cat.png")
    with Image.open(saved) as cut_out:
        assert cut_out.mode == "RGBA"
        assert removed.metadata
        assert cut_out.size == (removed.metadata.width, removed.metadata.height)


def test_the_image_itself_as_the_answer(client: BackgroundRemoverClient) -> None:
    key = "one-cut-out"
    cut_out = client.remove_bytes(PHOTO, tier="basic", format="webp", idempotency_key=key)
    assert (cut_out.content_type, cut_out.credits_used) == ("image/webp", 3)
    again = client.remove_bytes(PHOTO, tier="basic", format="webp", idempotency_key=key)
    assert (again.job_id, again.content) == (cut_out.job_id, cut_out.content)
    with Image.open(io.BytesIO(cut_out.content)) as image:
        assert image.format == "WEBP"


def test_an_error_has_the_class_of_its_code(client: BackgroundRemoverClient) -> None:
    with pytest.raises(errors.InvalidFileType):
        client.remove_single(b"not an image", tier="basic")
    with pytest.raises(errors.NotFound):
        client.batch("batch_nobody").status()


def test_a_wrong_key_is_refused(service: ServiceStack) -> None:
    with (
        BackgroundRemoverClient("lk_wrong", base_url=service.address.url) as client,
        pytest.raises(errors.Unauthorized),
    ):
        client.credits()


@pytest.mark.parametrize("uploads", [False, True])
def test_a_batch_is_followed_and_downloaded(
    client: BackgroundRemoverClient, photos: list[Path], tmp_path: Path, uploads: bool
) -> None:
    states: list[Progress] = []
    batch = client.start_batch(photos, tier="basic", uploads=uploads, name="cats")
    status = batch.wait(on_progress=states.append)
    assert (status.status, status.name, status.pricing.credits_used) == ("completed", "cats", 9)
    assert states[-1].has_ended
    assert states[-1].percentage == 100
    with zipfile.ZipFile(batch.download_zip(tmp_path / "cats.zip")) as archive:
        names = {name for name in archive.namelist() if name.endswith(".png")}
    assert names == {item.zip_name for item in batch.items()}
    assert len(names) == 3


def test_progress_comes_over_the_socket(
    client: BackgroundRemoverClient, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = client.start_batch(photos, tier="basic")
    asked: list[str] = []
    follower = client._operations.follower(batch.id)
    monkeypatch.setattr(follower, "_ask", lambda: asked.append("asked"))
    while not client._driver.run(follower.step()).has_ended:
        pass
    assert asked == []


def test_progress_is_asked_for_where_no_socket_opens(
    client: BackgroundRemoverClient, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = client.start_batch(photos, tier="basic")
    monkeypatch.setattr(client._operations._protocol, "socket", lambda: ("ws://127.0.0.1:1", {}))
    assert [state.status for state in batch.follow()][-1] == "completed"


def test_listings_are_read_page_by_page(
    client: BackgroundRemoverClient, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lumiku.operations.PAGE", 2)
    batch = client.start_batch(photos, tier="basic")
    batch.wait()
    assert [item.filename for item in batch.items()] == ["img1.jpg", "img2.jpg", "img3.jpg"]
    assert len(list(client.jobs(batch=batch.id))) == 3
    assert batch.id in {found.batch_id for found in client.batches()}
    entries = list(client.ledger())
    assert len({entry.id for entry in entries}) == len(entries) > 2


def test_a_batch_is_cancelled_and_erased(
    client: BackgroundRemoverClient, photos: list[Path]
) -> None:
    batch = client.start_batch(photos, tier="basic")
    batch.cancel()
    assert batch.wait().status in ("cancelled", "completed")
    assert batch.erase().erased_at


def test_the_price_is_told_beforehand(client: BackgroundRemoverClient) -> None:
    price = client.price(image_count=100, tier="standard")
    assert (price.final_total, price.breakdown.cost_in_idr) == (720, 72_000)


def test_the_asynchronous_client_does_the_same(
    service: ServiceStack, photos: list[Path], tmp_path: Path
) -> None:
    async def use() -> list[str | None]:
        async with AsyncBackgroundRemoverClient(
            service.key, base_url=service.address.url
        ) as client:
            removed, batch = await asyncio.gather(
                client.remove_single(PHOTO, tier="basic"),
                client.start_batch(photos, tier="basic", uploads=True),
            )
            assert removed.credits_used == 3
            status = await batch.wait()
            assert status.status == "completed"
            await batch.download_zip(tmp_path / "cats.zip")
            return [item.filename async for item in batch.items()]

    assert asyncio.run(use()) == ["img1.jpg", "img2.jpg", "img3.jpg"]
    assert zipfile.is_zipfile(tmp_path / "cats.zip")
