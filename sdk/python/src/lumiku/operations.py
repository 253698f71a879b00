"""Every operation of the API, written once for the blocking and the asynchronous client."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from lumiku import models
from lumiku.decoding import decode, wire_name
from lumiku.effects import Operation, sleep, together
from lumiku.errors import BY_CODE, ApiError, JobFailed, LumikuError
from lumiku.following import Follower
from lumiku.forms import Form, Part
from lumiku.protocol import Protocol, envelope_data, new_key
from lumiku.sources import Image, Source

M = TypeVar("M")
Addressed = TypeVar("Addressed", models.Removal, models.Job, models.BatchItem)

_REMOVE = "background-remover/remove"
_BATCH = "background-remover/batch"
_JOBS = "background-remover/jobs"
_UPLOADS = "background-remover/uploads"
# Larger batches go file by file, so that a broken connection costs one file and not all of them.
FORM_BYTES = 64 * 1024 * 1024
_UPLOADS_AT_ONCE = 4
_JOB_POLL_S = 2.0
PAGE = 100


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some entries of a listing; `following` are the parameters of the next page, if any."""

    items: Sequence[M]
    following: Mapping[str, Any] | None


class Operations:
    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    # --- single images ---

    def remove(
        self, *, image: Image | None, image_url: str | None, key: str | None, fields: Any
    ) -> Operation[models.Removal]:
        """A single removal, awaited however long it takes. Raises ApiError."""
        request = self._protocol.post(
            _REMOVE,
            form=single_form({**fields, "image_url": image_url}, image=image),
            key=key or new_key(),
        )
        data = yield from self._protocol.data(request)
        if "statusUrl" not in data:
            return self._with_addresses(decode(models.Removal, data))
        job = yield from self.finished_job(data["jobId"])
        return _removal_of(job)

    def remove_bytes(
        self, *, image: Image | None, image_url: str | None, key: str | None, fields: Any
    ) -> Operation[models.Cutout]:
        """The same with the image itself as the answer."""
        form = single_form({**fields, "image_url": image_url}, image=image)
        request = self._protocol.post(
            _REMOVE, form=form, key=key or new_key(), accept="image/*, application/json;q=0.5"
        )
        reply = yield from self._protocol.call(request)
        kind = reply.headers.get("content-type", "").partition(";")[0]
        if kind != "application/json":
            return models.Cutout(
                content=reply.body,
                content_type=kind,
                job_id=reply.headers.get("x-job-id", ""),
                credits_used=int(reply.headers.get("x-credits-used", "0")),
            )
        # The answer came too late, or was given before under the same key.
        job = yield from self.finished_job(str(envelope_data(reply)["jobId"]))
        return (yield from self._cutout_of(job))

    def _cutout_of(self, job: models.Job) -> Operation[models.Cutout]:
        reply = yield from self._protocol.read(job.processed_url or "")
        return models.Cutout(
            content=reply.body,
            content_type=reply.headers.get("content-type", "").partition(";")[0],
            job_id=job.id,
            credits_used=job.credits_used,
        )

    def job(self, job_id: str) -> Operation[models.Job]:
        data = yield from self._protocol.get(f"{_JOBS}/{job_id}")
        return self._with_addresses(decode(models.Job, data))

    def finished_job(self, job_id: str) -> Operation[models.Job]:
        """The job once it has ended with a result. Raises ApiError by the job's own code."""
        while True:
            job = yield from self.job(job_id)
            if job.status == "completed":
                return job
            if job.has_ended:
                failure = job.error or models.Failure("CANCELLED", "The job was cancelled")
                raise _failed(failure)
            yield from sleep(_JOB_POLL_S)

    def erase_job(self, job_id: str) -> Operation[models.Job]:
        data = yield from self._protocol.delete(f"{_JOBS}/{job_id}")
        return decode(models.Job, data)

    def download(self, url: str, target: Path) -> Operation[None]:
        return self._protocol.download(self._protocol.absolute(url) or "", target)

    # --- batches ---

    def start_batch(
        self,
        *,
        images: Iterable[Image],
        key: str | None,
        uploads: bool | None,
        bg_image: Image | None,
        fields: Any,
    ) -> Operation[models.StartedBatch]:
        """Send the images in one form, or file by file with `uploads` (None: by their size)."""
        sources = [Source(image) for image in images]
        if uploads is None:
            uploads = bg_image is None and sum(one.size for one in sources) > FORM_BYTES
        if uploads:
            slots = yield from self.announce(sources)
            yield from together(
                (self.upload(slot, one) for slot, one in zip(slots, sources, strict=True)),
                limit=_UPLOADS_AT_ONCE,
            )
            ids = [slot.upload_id for slot in slots]
            return (yield from self.start_uploaded(ids, key=key, fields=fields))
        parts: list[Part] = [*_texts(fields), *(("images", one) for one in sources)]
        if bg_image is not None:
            parts.append(("bg_image", Source(bg_image)))
        request = self._protocol.post(_BATCH, form=Form(parts), key=key or new_key())
        return decode(models.StartedBatch, (yield from self._protocol.data(request)))

    def start_uploaded(
        self, upload_ids: Sequence[str], *, key: str | None, fields: Any
    ) -> Operation[models.StartedBatch]:
        """Start a batch of files that were uploaded before."""
        body = {**given(fields), "uploadIds": list(upload_ids)}
        request = self._protocol.post(_BATCH, json=body, key=key or new_key())
        return decode(models.StartedBatch, (yield from self._protocol.data(request)))

    def announce(self, sources: Sequence[Source]) -> Operation[list[models.UploadSlot]]:
        """An address for each file."""
        files = [
            {"filename": one.name, "contentType": one.content_type, "size": one.size}
            for one in sources
        ]
        request = self._protocol.post(_UPLOADS, json={"files": files})
        data = yield from self._protocol.data(request)
        return [decode(models.UploadSlot, slot) for slot in data["uploads"]]

    def upload(self, slot: models.UploadSlot, source: Source) -> Operation[None]:
        """Send one announced file. One that had arrived already, unnoticed by us, is fine."""
        try:
            yield from self._protocol.put(slot.url, slot.headers, source)
        except ApiError as problem:
            try:
                known = yield from self.uploaded(slot.upload_id)
            except LumikuError:
                raise problem from None
            if known.status not in ("uploaded", "used"):
                raise

    def uploaded(self, upload_id: str) -> Operation[models.Upload]:
        data = yield from self._protocol.get(f"{_UPLOADS}/{upload_id}")
        return decode(models.Upload, data)

    def batch(self, batch_id: str) -> Operation[models.BatchStatus]:
        data = yield from self._protocol.get(f"{_BATCH}/{batch_id}")
        return self._batch(data)

    def progress(self, batch_id: str) -> Operation[models.Progress]:
        batch = yield from self.batch(batch_id)
        return batch.progress

    def follower(self, batch_id: str) -> Follower:
        return Follower(self._protocol, batch_id, lambda: self.progress(batch_id))

    def cancel_batch(self, batch_id: str) -> Operation[models.BatchStatus]:
        request = self._protocol.post(f"{_BATCH}/{batch_id}/cancel")
        return self._batch((yield from self._protocol.data(request)))

    def retry_batch(self, batch_id: str, *, key: str | None) -> Operation[models.StartedBatch]:
        """A new batch of the images that failed for a reason of the server's."""
        request = self._protocol.post(f"{_BATCH}/{batch_id}/retry", json={}, key=key or new_key())
        return decode(models.StartedBatch, (yield from self._protocol.data(request)))

    def erase_batch(self, batch_id: str) -> Operation[models.BatchStatus]:
        return self._batch((yield from self._protocol.delete(f"{_BATCH}/{batch_id}")))

    def download_zip(self, batch_id: str, target: Path) -> Operation[None]:
        url = f"{self._protocol.base_url}/{_BATCH}/{batch_id}/download"
        return self._protocol.download(url, target)

    # --- money and listings ---

    def price(self, *, image_count: int, tier: str) -> Operation[models.Price]:
        body = {"imageCount": image_count, "tier": tier}
        request = self._protocol.post("background-remover/pricing/calculate", json=body)
        return decode(models.Price, (yield from self._protocol.data(request)))

    def credits(self) -> Operation[models.Credits]:
        return decode(models.Credits, (yield from self._protocol.get("billing/credits")))

    def me(self) -> Operation[models.User]:
        return decode(models.User, (yield from self._protocol.get("auth/me")))

    def jobs_page(self, params: Mapping[str, Any]) -> Operation[Page[models.JobSummary]]:
        return self.page(_JOBS, "jobs", models.JobSummary, params)

    def batches_page(self, params: Mapping[str, Any]) -> Operation[Page[models.BatchSummary]]:
        return self.page(_BATCH, "batches", models.BatchSummary, params)

    def items_page(
        self, batch_id: str, params: Mapping[str, Any]
    ) -> Operation[Page[models.BatchItem]]:
        path = f"{_BATCH}/{batch_id}/items"
        page = yield from self.page(path, "items", models.BatchItem, params)
        return Page([self._with_addresses(item) for item in page.items], page.following)

    def ledger_page(self, params: Mapping[str, Any]) -> Operation[Page[models.LedgerEntry]]:
        return self.page("billing/ledger", "entries", models.LedgerEntry, params)

    # --- what the resources are made of ---

    def sent(
        self,
        model: type[M],
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        **sending: Any,
    ) -> Operation[M]:
        """The answer to one request."""
        return decode(model, (yield from self.data(method, path, query=query, **sending)))

    def paid(
        self,
        model: type[M],
        path: str,
        *,
        key: str | None,
        json: Any = None,
        form: Form | None = None,
    ) -> Operation[M]:
        """The answer to a POST that is carried out once, however often it is sent."""
        return self.sent(model, "POST", path, json=json, form=form, key=key or new_key())

    def removed(
        self, model: type[M], path: str, *, key: str | None, **sending: Any
    ) -> Operation[M]:
        """The answer to a removal for a partner, awaited however long it takes. Raises ApiError."""
        data = yield from self.data("POST", path, key=key or new_key(), **sending)
        if "statusUrl" in data:
            job = yield from self.finished_job(data["jobId"])
            ended = {"processedUrl": job.processed_url, "creditsUsed": job.credits_used}
            data = {**data, **ended}
        url = self._protocol.absolute(data["processedUrl"])
        return decode(model, {**data, "processedUrl": url})

    def listed(
        self, model: type[M], path: str, name: str, query: Mapping[str, Any] | None = None
    ) -> Operation[list[M]]:
        data = yield from self.data("GET", path, query=query)
        return [decode(model, one) for one in data[name]]

    def done(self, method: str, path: str, **sending: Any) -> Operation[None]:
        """One request whose answer says nothing more."""
        yield from self._protocol.call(self._protocol.request(method, path, **_sending(sending)))

    def content(self, path: str) -> Operation[bytes]:
        reply = yield from self._protocol.read(f"{self._protocol.base_url}/{path}")
        return reply.body

    def data(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, **sending: Any
    ) -> Operation[Any]:
        request = self._protocol.request(method, path, query=query, **_sending(sending))
        return self._protocol.data(request)

    def page(
        self, path: str, name: str, model: type[M], params: Mapping[str, Any]
    ) -> Operation[Page[M]]:
        asked = {"limit": PAGE, **{wire_name(key): value for key, value in params.items()}}
        data = yield from self._protocol.get(path, asked)
        items = [decode(model, one) for one in data[name]]
        return Page(items, _following(asked, data["pagination"]))

    def _batch(self, data: Any) -> models.BatchStatus:
        batch = decode(models.BatchStatus, data)
        progress = dataclasses.replace(batch.progress, status=batch.status)
        zip_url = self._protocol.absolute(batch.zip_url)
        return dataclasses.replace(batch, progress=progress, zip_url=zip_url)

    def _with_addresses(self, found: Addressed) -> Addressed:
        return dataclasses.replace(
            found,
            original_url=self._protocol.absolute(found.original_url),
            processed_url=self._protocol.absolute(found.processed_url),
        )


def _following(asked: Mapping[str, Any], pagination: Any) -> Mapping[str, Any] | None:
    """The parameters of the next page: by cursor where there is one, which skips and repeats
    nothing while entries are added.
    """
    if not pagination.get("hasNext"):
        return None
    if cursor := pagination.get("nextCursor"):
        return {**asked, "page": None, "cursor": cursor}
    return {**asked, "page": pagination["page"] + 1}


def single_form(fields: Mapping[str, Any], **files: Image | None) -> Form:
    """A form of one image; `bg_image` among the fields is a file, too."""
    parts = _texts({**fields, "bg_image": None})
    for name, file in {**files, "bg_image": fields.get("bg_image")}.items():
        if file is not None:
            parts.append((name, Source(file)))
    return Form(parts)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _sending(sending: Mapping[str, Any]) -> dict[str, Any]:
    """The request body, without the fields that were not given unless `keep_none` is set."""
    keep = sending.get("keep_none", False)
    body = sending.get("json")
    json = given(body) if body is not None and not keep else body
    return {**{k: v for k, v in sending.items() if k != "keep_none"}, "json": json}


def _texts(fields: Mapping[str, Any]) -> list[Part]:
    return [(name, _text(value)) for name, value in given(fields).items()]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _removal_of(job: models.Job) -> models.Removal:
    return models.Removal(
        job_id=job.id,
        original_url=job.original_url,
        processed_url=job.processed_url,
        credits_used=job.credits_used,
        pricing_type=job.pricing_type,
        processing_time_ms=job.processing_time_ms or 0,
        tier=job.tier,
        metadata=None,
    )


def _failed(failure: models.Failure) -> ApiError:
    """The error that an awaited answer would have been."""
    return BY_CODE.get(failure.code, JobFailed)(failure.message, code=failure.code)
