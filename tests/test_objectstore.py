"""That the S3 server of the tests refuses what a real one refuses."""

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.objectstore import ObjectStore

pytestmark = pytest.mark.system
KEY = "uploads/one.jpg"


def presigned(store: ObjectStore, bucket: str, *, lifetime_s: int = 60) -> str:
    parameters = {"Bucket": bucket, "Key": KEY, "ContentType": "image/jpeg", "ContentLength": 3}
    return store.client().generate_presigned_url(
        "put_object", Params=parameters, ExpiresIn=lifetime_s
    )


def put(url: str, body: bytes, content_type: str = "image/jpeg") -> int:
    headers = {"Content-Type": content_type}
    return urllib3.request("PUT", url, body=body, headers=headers, retries=False).status


def test_a_presigned_upload_is_stored(object_store: ObjectStore, bucket: str) -> None:
    assert put(presigned(object_store, bucket), b"one") == 200
    assert object_store.client().get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"one"


def test_other_sizes_and_types_than_the_signed_ones_are_refused(
    object_store: ObjectStore, bucket: str
) -> None:
    assert put(presigned(object_store, bucket), b"more than that") == 403
    assert put(presigned(object_store, bucket), b"one", "text/html") == 403


def test_a_tampered_address_is_refused(object_store: ObjectStore, bucket: str) -> None:
    assert put(presigned(object_store, bucket).replace("one.jpg", "two.jpg"), b"one") == 403


def test_an_expired_address_is_refused(object_store: ObjectStore, bucket: str) -> None:
    url = presigned(object_store, bucket, lifetime_s=1)
    while put(url, b"one") == 200:
        pass
    assert put(url, b"one") == 403


def test_a_wrong_secret_is_refused(object_store: ObjectStore, bucket: str) -> None:
    stranger = object_store.client(aws_secret_access_key="guessed")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        stranger.list_objects_v2(Bucket=bucket)
