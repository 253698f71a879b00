"""The client for asyncio: the same methods, awaited."""

import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, Unpack

import httpx

from lumiku import address, models
from lumiku.driving import AsyncDriver, timeouts
from lumiku.effects import Operation
from lumiku.models import OutputOptions, Tier
from lumiku.operations import Operations, Page
from lumiku.protocol import Protocol, Retry, RetryPolicy
from lumiku.resources import Resources
from lumiku.sources import Image

T = TypeVar("T")
M = TypeVar("M")


class AsyncBackgroundRemoverClient(Resources):
    """Removes backgrounds on one server; may be shared between tasks, and closed when done.

    Without `base_url` it asks the server that `LUMIKU_BASE_URL` names, or else this machine;
    without `api_key` it sends `LUMIKU_API_KEY`. An access token may stand in for a key.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        retry: RetryPolicy | None = None,
        on_retry: Callable[[Retry], None] | None = None,
        timeout_s: float = 120.0,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        protocol = Protocol(
            base_url=address.base_url(base_url),
            api_key=address.api_key(api_key),
            policy=retry or RetryPolicy(),
            on_retry=on_retry,
        )
        self.base_url = protocol.base_url
        self._http = http or httpx.AsyncClient(timeout=timeouts(timeout_s))
        self._driver = AsyncDriver(self._http)
        self._operations = Operations(protocol)

    async def __aenter__(self) -> "AsyncBackgroundRemoverClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # --- single images ---

    async def remove_single(
        self,
        image: Image | None = None,
        *,
        tier: Tier,
        image_url: str | None = None,
        bg_image: Image | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[OutputOptions],
    ) -> models.Removal:
        """Cut one image out and wait for it: a path, bytes or an open file, or an `image_url`.

        Raises ApiError, such as NoSubjectFound or InsufficientCredits; a failure costs nothing.
        """
        fields = {**options, "tier": tier, "bg_image": bg_image, "webhookUrl": webhook_url}
        return await self._run(
            self._operations.remove(
                image=image, image_url=image_url, key=idempotency_key, fields=fields
            )
        )

    async def remove_bytes(
        self,
        image: Image | None = None,
        *,
        tier: Tier,
        image_url: str | None = None,
        bg_image: Image | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[OutputOptions],
    ) -> models.Cutout:
        """The same with the finished image itself as the answer."""
        fields = {**options, "tier": tier, "bg_image": bg_image, "webhookUrl": webhook_url}
        return await self._run(
            self._operations.remove_bytes(
                image=image, image_url=image_url, key=idempotency_key, fields=fields
            )
        )

    async def job(self, job_id: str) -> models.Job:
        return await self._run(self._operations.job(job_id))

    def jobs(self, **narrowed: Any) -> AsyncIterator[models.JobSummary]:
        """All jobs, newest first, page by page; narrowed by `status`, `tier`, `batch`,
        `start_date` or `end_date`.
        """
        return self._each(self._operations.jobs_page, narrowed)

    async def erase_job(self, job_id: str) -> models.Job:
        """Delete a job's files and what it says about them."""
        return await self._run(self._operations.erase_job(job_id))

    async def download(self, url: str, path: str | os.PathLike[str]) -> Path:
        """The file at an address that the server gave, such as `processed_url`."""
        target = Path(path)
        await self._run(self._operations.download(url, target))
        return target

    # --- batches ---

    async def start_batch(
        self,
        images: Iterable[Image],
        *,
        tier: Tier,
        name: str | None = None,
        bg_image: Image | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        uploads: bool | None = None,
        **options: Unpack[OutputOptions],
    ) -> "AsyncBatch":
        """Start a batch of 2 to 500 images.

        Above 64 MB they are sent file by file to addresses of their own, and as one form below;
        `uploads` decides otherwise. Either way they are read while they are sent.
        """
        fields = {**options, "tier": tier, "name": name, "webhookUrl": webhook_url}
        started = await self._run(
            self._operations.start_batch(
                images=images,
                key=idempotency_key,
                uploads=uploads,
                bg_image=bg_image,
                fields=fields,
            )
        )
        return AsyncBatch(self, started.batch_id, started)

    def batch(self, batch_id: str) -> "AsyncBatch":
        """A batch that was started before; asks the server only when something is wanted of it."""
        return AsyncBatch(self, batch_id)

    def batches(self, **narrowed: Any) -> AsyncIterator[models.BatchSummary]:
        """All batches, newest first, page by page; narrowed as `jobs`."""
        return self._each(self._operations.batches_page, narrowed)

    # --- money ---

    async def price(self, *, image_count: int, tier: Tier) -> models.Price:
        """The most that a batch would cost; needs no key."""
        return await self._run(self._operations.price(image_count=image_count, tier=tier))

    async def credits(self) -> models.Credits:
        return await self._run(self._operations.credits())

    def ledger(self, **narrowed: Any) -> AsyncIterator[models.LedgerEntry]:
        """Entries of the ledger, newest first; narrowed by `kind`, `start_date`, `end_date`."""
        return self._each(self._operations.ledger_page, narrowed)

    async def me(self) -> models.User:
        return await self._run(self._operations.me())

    async def _run(self, operation: Operation[T]) -> T:
        return await self._driver.run(operation)

    async def _each(
        self,
        page_of: Callable[[Mapping[str, Any]], Operation[Page[M]]],
        narrowed: Mapping[str, Any],
    ) -> AsyncIterator[M]:
        following: Mapping[str, Any] | None = narrowed
        while following is not None:
            page = await self._run(page_of(following))
            for item in page.items:
                yield item
            following = page.following


class AsyncBatch:
    """A batch on the server. Everything but `id` and `started` is asked for anew."""

    def __init__(
        self,
        client: AsyncBackgroundRemoverClient,
        batch_id: str,
        started: models.StartedBatch | None = None,
    ) -> None:
        self.id = batch_id
        self.started = started
        self._client = client
        self._run = client._driver.run
        self._operations = client._operations

    def __repr__(self) -> str:
        return f"<AsyncBatch {self.id}>"

    async def status(self) -> models.BatchStatus:
        return await self._run(self._operations.batch(self.id))

    async def is_complete(self) -> bool:
        """Whether it has ended: completed, failed or cancelled."""
        return (await self.status()).has_ended

    async def get_progress(self) -> models.Progress:
        return await self._run(self._operations.progress(self.id))

    async def follow(self) -> AsyncGenerator[models.Progress, None]:
        """Each new state until it has ended, pushed over the WebSocket where that works."""
        follower = self._operations.follower(self.id)
        try:
            while True:
                progress = await self._run(follower.step())
                yield progress
                if progress.has_ended:
                    return
        finally:
            await self._run(follower.close())

    async def wait(
        self, on_progress: Callable[[models.Progress], object] | None = None
    ) -> models.BatchStatus:
        """Its state when it has ended; `on_progress` is called with each one before."""
        async with contextlib.aclosing(self.follow()) as states:
            async for progress in states:
                if on_progress:
                    on_progress(progress)
        return await self.status()

    def items(self, **narrowed: Any) -> AsyncIterator[models.BatchItem]:
        """Its images in their order, page by page; narrowed by `status`."""
        operations = self._operations
        return self._client._each(lambda params: operations.items_page(self.id, params), narrowed)

    async def get_download_url(self) -> str | None:
        """A short-lived address of the ZIP that needs no key; None until there is one."""
        return (await self.status()).zip_url

    async def download_zip(self, path: str | os.PathLike[str]) -> Path:
        """The ZIP of the finished images; a transfer that breaks off is resumed."""
        target = Path(path)
        await self._run(self._operations.download_zip(self.id, target))
        return target

    async def cancel(self) -> models.BatchStatus:
        """Stop it; what has finished by then is charged and can be downloaded."""
        return await self._run(self._operations.cancel_batch(self.id))

    async def retry(self, *, idempotency_key: str | None = None) -> "AsyncBatch":
        """A new batch of the images that failed for a reason of the server's."""
        started = await self._run(self._operations.retry_batch(self.id, key=idempotency_key))
        return AsyncBatch(self._client, started.batch_id, started)

    async def erase(self) -> models.BatchStatus:
        """Delete its files and what it says about them."""
        return await self._run(self._operations.erase_batch(self.id))
