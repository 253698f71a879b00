import io
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError
from django.core.management import CommandError, call_command
from django.db import connection

from common import storage
from common.observability import preflight
from tests.objectstore import ObjectStore

pytestmark = pytest.mark.django_db


def problems() -> dict[str, str]:
    return {found.name: found.problem for found in preflight.results()}


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("preflight", *arguments, stdout=output)
    return output.getvalue()


def asked_before_put(address: str, origin: str) -> str | None:
    """The origin that the store allows when a browser asks before a PUT."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = urllib3.request("OPTIONS", address, headers=asked)
    return answer.headers.get("Access-Control-Allow-Origin")


def test_all_is_well_on_the_services_of_the_tests() -> None:
    assert run() == "database: ok\nmigrations: ok\nvalkey: ok\nstorage: ok\n"


def test_a_migration_that_was_not_applied_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'common'")
    assert "common.0001" in problems()["migrations"]
    with pytest.raises(CommandError, match="would not work"):
        run()


def test_a_server_that_is_away_is_a_finding(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert problems()["valkey"]


@pytest.mark.system
def test_a_missing_bucket_is_a_finding_and_can_be_made(
    settings: Any, object_store: ObjectStore, bucket: str
) -> None:
    settings.STORAGE_BACKEND = "s3"
    assert problems()["storage"] == ""
    assert list(storage.listed("")) == []
    object_store.client().delete_bucket(Bucket=bucket)
    assert "NoSuchBucket" in problems()["storage"]
    assert run("--make-bucket").startswith("bucket: created\n")
    assert run("--make-bucket").startswith("database: ok")


@pytest.mark.system
def test_web_pages_may_put_to_the_bucket_by_presigned_addresses(
    settings: Any, object_store: ObjectStore, bucket: str
) -> None:
    settings.STORAGE_BACKEND = "s3"
    settings.CORS_ORIGINS = ["https://shop.example.com"]
    address = storage.presigned_put(
        "uploads/a.jpg", lifetime_s=60, content_type="image/jpeg", size=3
    )
    assert address
    assert asked_before_put(address, "https://shop.example.com") is None
    run("--share-bucket")
    assert asked_before_put(address, "https://shop.example.com") == "https://shop.example.com"
    assert asked_before_put(address, "https://evil.test") is None
    sent = urllib3.request(
        "PUT",
        address,
        body=b"abc",
        headers={"Content-Type": "image/jpeg", "Origin": "https://shop.example.com"},
    )
    assert sent.status == 200
    assert sent.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"


@pytest.mark.system
def test_a_bucket_that_is_shared_with_nobody_loses_its_rule(
    settings: Any, object_store: ObjectStore, bucket: str
) -> None:
    settings.STORAGE_BACKEND = "s3"
    run("--share-bucket")
    settings.CORS_ORIGINS = ["none"]
    run("--share-bucket")
    with pytest.raises(ClientError, match="NoSuchCORSConfiguration"):
        object_store.client().get_bucket_cors(Bucket=bucket)


@pytest.mark.system
def test_a_wrong_secret_is_a_finding(settings: Any, object_store: ObjectStore, bucket: str) -> None:
    options = {**settings.STORAGES["default"]["OPTIONS"], "secret_key": "guessed"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    settings.STORAGE_BACKEND = "s3"
    assert problems()["storage"]
    with pytest.raises(CommandError, match="bucket cannot be made"):
        run("--make-bucket")
