"""Checks of every dependency before anything of the service is started."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from common import storage, valkey

POSTGRES, VALKEY = 14, (6, 2)
_TROUBLE = (DatabaseError, RedisError, BotoCoreError, ClientError, OSError)


class Unfit(Exception):
    """A dependency works, but not as the service needs it; the message says what is missing."""


@dataclass(frozen=True)
class CheckResult:
    """Outcome of trying one dependency; `problem` is empty when it works."""

    name: str
    problem: str


def results() -> Iterator[CheckResult]:
    """Try the dependencies one after another; no message holds a secret."""
    for name, probe in _PROBES.items():
        yield CheckResult(name, _problem(probe))


def make_bucket() -> bool:
    """Creates the bucket where there is none yet; whether it did. Raises what botocore raises."""
    client, bucket = _bucket()
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        client.create_bucket(Bucket=bucket)
        return True
    return False


def share_bucket() -> None:
    """Lets pages of `CORS_ORIGINS` read from and put to the bucket, by presigned addresses only.

    Reading is open to all pages: our address of a file leads on to the bucket's, and a browser
    then names the page "null". Raises what botocore raises, for example of a store without rules.
    """
    client, bucket = _bucket()
    if not settings.CORS_ORIGINS or settings.CORS_ORIGINS == ["none"]:
        client.delete_bucket_cors(Bucket=bucket)
        return
    exposed = ["ETag", "Accept-Ranges", "Content-Range", "Content-Disposition", "Content-Length"]
    common = {"AllowedHeaders": ["*"], "ExposeHeaders": exposed, "MaxAgeSeconds": 3600}
    reading, origins = ["GET", "HEAD"], settings.CORS_ORIGINS
    # Some stores only look at the first rule that has the origin, so it must hold all methods.
    rules = [
        {**common, "AllowedMethods": [*reading, "PUT"], "AllowedOrigins": origins},
        {**common, "AllowedMethods": reading, "AllowedOrigins": ["*"]},
    ]
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})


def _problem(probe: Callable[[], None]) -> str:
    try:
        probe()
    except (Unfit, *_TROUBLE) as problem:
        return str(problem).strip() or type(problem).__name__
    return ""


def _database() -> None:
    connection.ensure_connection()
    version: int = connection.pg_version  # type: ignore[attr-defined]
    if version < POSTGRES * 10_000:
        raise Unfit(f"Postgres {POSTGRES} or newer is needed, this is {version // 10_000}")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        names = ", ".join(f"{step.app_label}.{step.name}" for step, _ in waiting)
        raise Unfit(f"not applied: {names}")


def _valkey() -> None:
    about: Any = valkey.client().info("server")
    version = tuple(int(part) for part in str(about["redis_version"]).split(".")[:2])
    if version < VALKEY:
        raise Unfit(f"Redis 6.2, Valkey or newer is needed, this is {about['redis_version']}")
    policy: Any = valkey.client().info("memory")
    if policy.get("maxmemory_policy", "noeviction") != "noeviction":
        raise Unfit("maxmemory-policy must be noeviction, else messages and limits get lost")


def _files() -> None:
    """Write, read back, delete; on S3 also what archives need: a multipart upload begun."""
    key = f"processed/preflight-{secrets.token_hex(8)}"
    content = secrets.token_bytes(64)
    storage.put(key, content, content_type="application/octet-stream")
    try:
        if storage.read(key) != content:
            raise Unfit("what was written came back different")
    finally:
        storage.delete(key)
    if settings.STORAGE_BACKEND == "s3":
        client, bucket = _bucket()
        begun = client.create_multipart_upload(Bucket=bucket, Key=key)
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=begun["UploadId"])


def _bucket() -> tuple[Any, str]:
    backend: Any = storages["default"]
    return backend.connection.meta.client, backend.bucket_name


_PROBES: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "valkey": _valkey,
    "storage": _files,
}
