"""Storage in S3 or a compatible object store."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, BinaryIO

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from urllib3.exceptions import HTTPError

from common.storage.types import CHUNK, AlreadyStored, Draft, Stat

logger = logging.getLogger(__name__)

# At least 5 MiB, says S3, and at most 10,000 parts: this is for objects up to 78 GiB.
PART = 8 * 1024 * 1024
# The most times that a broken download is resumed where it stopped.
_RESUMES = 5


class Writer:
    """A multipart upload that begins with the second part's worth of bytes; less is one PUT."""

    def __init__(self, storage: Any, key: str, content_type: str) -> None:
        self._storage, self._key = storage, key
        self._client = _client(storage)
        self._object = _named(storage, key)
        self._content_type = content_type
        self._buffer = bytearray()
        self._upload: dict[str, str] = {}
        self._parts: list[dict[str, Any]] = []
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._buffer += data
        while len(self._buffer) >= PART:
            self._send(bytes(memoryview(self._buffer)[:PART]))
            del self._buffer[:PART]

    def publish(self) -> None:
        if not self._upload:
            self._client.put_object(
                **self._object, Body=bytes(self._buffer), ContentType=self._content_type
            )
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        self._complete()

    def tidy(self) -> None:
        """Abort what is left under this key: the upload that failed, and any that was begun twice
        because the first answer got lost. Never raises: what stays is found again as a draft.
        """
        if not self._upload:
            return
        try:
            for draft in drafts(self._storage, self._key):
                if draft.key == self._key:
                    discard(self._storage, draft)
        except (BotoCoreError, ClientError):
            logger.warning("an upload could not be aborted", exc_info=True)

    def _send(self, part: bytes) -> None:
        if not self._upload:
            begun = self._client.create_multipart_upload(
                **self._object, ContentType=self._content_type
            )
            self._upload = {"UploadId": begun["UploadId"]}
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            **self._object, **self._upload, PartNumber=number, Body=part
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def _complete(self) -> None:
        try:
            self._client.complete_multipart_upload(
                **self._object, **self._upload, MultipartUpload={"Parts": self._parts}
            )
        except ClientError as error:
            # The first try may have worked and only its answer got lost.
            if _code(error) != "NoSuchUpload" or not self._is_whole():
                raise

    def _is_whole(self) -> bool:
        try:
            return bool(self._client.head_object(**self._object)["ContentLength"] == self.size)
        except ClientError:
            return False


class Stream:
    """A span of an object; a connection that breaks is replaced from where it broke."""

    def __init__(self, storage: Any, key: str, span: range | None, etag: str) -> None:
        self._client = _client(storage)
        self._wanted: dict[str, str] = {
            **_named(storage, key),
            **({"IfMatch": etag} if etag else {}),
        }
        self._position = span.start if span is not None else 0
        self._stop = span.stop if span is not None else None
        self._resumes = _RESUMES
        self._body: Any = self._open()

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        chunk = self._read()
        if not chunk:
            raise StopIteration
        self._position += len(chunk)
        return chunk

    def close(self) -> None:
        if self._body is not None:
            self._body.close()

    def _read(self) -> bytes:
        while self._body is not None:
            try:
                return bytes(self._body.read(CHUNK))
            except (BotoCoreError, HTTPError, OSError):
                if not self._resumes:
                    raise
                self._resumes -= 1
                self.close()
                self._body = self._open()
        return b""

    def _open(self) -> Any:
        """The rest of the object, or None when nothing is left: HTTP has no range of no bytes."""
        if self._stop is not None and self._position >= self._stop:
            return None
        last = "" if self._stop is None else self._stop - 1
        whole = self._position == 0 and self._stop is None
        span = {} if whole else {"Range": f"bytes={self._position}-{last}"}
        found = _found(lambda: self._client.get_object(**self._wanted, **span))
        if found is not None:
            self._wanted["IfMatch"] = found["ETag"]
            if self._stop is None:
                self._stop = self._position + found["ContentLength"]
        return found and found["Body"]


def put(storage: Any, key: str, source: BinaryIO, *, content_type: str, replace: bool) -> None:
    with writing(storage, key, content_type=content_type, replace=replace) as writer:
        while chunk := source.read(CHUNK):
            writer.write(chunk)


def copy(storage: Any, source: str, target: str) -> None:
    if storage.exists(target):
        raise AlreadyStored(target)
    origin, wanted = _named(storage, source), _named(storage, target)
    _found(lambda: _client(storage).copy_object(**wanted, CopySource=origin))


@contextmanager
def writing(
    storage: Any, key: str, *, content_type: str, replace: bool = False
) -> Iterator[Writer]:
    if not replace and storage.exists(key):
        raise AlreadyStored(key)
    writer = Writer(storage, key, content_type)
    try:
        yield writer
        writer.publish()
    finally:
        writer.tidy()


def stat(storage: Any, key: str) -> Stat:
    head = _found(lambda: _client(storage).head_object(**_named(storage, key)))
    return Stat(head["ContentLength"], head["ETag"])


def listed(storage: Any, prefix: str) -> Iterator[tuple[str, datetime]]:
    pages = _client(storage).get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=storage.bucket_name, Prefix=_full(storage, prefix)):
        for entry in page.get("Contents", ()):
            yield _key(storage, entry["Key"]), entry["LastModified"]


def drafts(storage: Any, prefix: str) -> Iterator[Draft]:
    pages = _client(storage).get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=storage.bucket_name, Prefix=_full(storage, prefix)):
        for entry in page.get("Uploads", ()):
            yield Draft(_key(storage, entry["Key"]), entry["Initiated"], entry["UploadId"])


def discard(storage: Any, draft: Draft) -> None:
    wanted = {"Bucket": storage.bucket_name, "Key": _full(storage, draft.key)}
    with suppress(_client(storage).exceptions.NoSuchUpload):
        _client(storage).abort_multipart_upload(**wanted, UploadId=draft.handle)


def presigned_put(storage: Any, key: str, *, lifetime_s: int, content_type: str, size: int) -> str:
    wanted = {"ContentType": content_type, "ContentLength": size}
    return _presigned(storage, "put_object", key, wanted, lifetime_s)


def presigned_get(
    storage: Any, key: str, *, lifetime_s: int, content_type: str, disposition: str
) -> str:
    wanted = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    return _presigned(storage, "get_object", key, wanted, lifetime_s)


def _presigned(
    storage: Any, operation: str, key: str, wanted: dict[str, Any], lifetime_s: int
) -> str:
    url: str = _signer(storage, settings.S3_PUBLIC_URL).generate_presigned_url(
        operation, Params={**_named(storage, key), **wanted}, ExpiresIn=lifetime_s
    )
    return url


@functools.lru_cache(maxsize=4)
def _signer(storage: Any, public_url: str) -> Any:
    """A client that signs for the public host name of the store, which may differ from the one that
    this service uses.
    """
    session = boto3.Session(
        aws_access_key_id=storage.access_key, aws_secret_access_key=storage.secret_key
    )
    return session.client(
        "s3",
        region_name=storage.region_name,
        endpoint_url=public_url or storage.endpoint_url,
        config=storage.client_config,
    )


def _named(storage: Any, key: str) -> dict[str, str]:
    """The parameters by which S3 names the object."""
    return {"Bucket": storage.bucket_name, "Key": _full(storage, key)}


def _client(storage: Any) -> Any:
    return storage.connection.meta.client


def _full(storage: Any, prefix: str) -> str:
    """The prefix under the location; joined as text, since it need not be a whole key."""
    return f"{storage.location.strip('/')}/{prefix}".lstrip("/")


def _key(storage: Any, full: str) -> str:
    return full.removeprefix(_full(storage, ""))


def _found(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ClientError as error:
        if _code(error) in ("404", "NoSuchKey", "412", "PreconditionFailed"):
            raise FileNotFoundError(_code(error)) from None
        raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
