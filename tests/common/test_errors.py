import errno
import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.test import Client
from kombu.exceptions import OperationalError as BrokerError

from common.http import errors
from common.http.errors import ApiError, InvalidInput, from_exception, render
from tests.common.http import JSON, error, multipart, post_raw

FORM = "multipart/form-data; boundary=xyz"
FILE = 'Content-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg'
TIER = 'Content-Disposition: form-data; name="tier"'


def test_the_envelope_has_code_message_details_timestamp_and_request_id() -> None:
    response = post_raw("/echo", b'{"name": "x", "colour": 1}')
    assert response.status_code == 400
    body = error(response)
    assert body["code"] == "INVALID_INPUT"
    assert body["message"] == "Unknown field 'colour'. Allowed: count, name, tags"
    assert body["details"] == {"unknown": ["colour"], "allowed": ["count", "name", "tags"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["timestamp"])


def test_details_are_left_out_when_there_are_none() -> None:
    assert "details" not in render(InvalidInput())["error"]


def test_an_unknown_path_answers_in_the_envelope() -> None:
    response = Client().get("/nowhere")
    assert response.status_code == 404
    assert error(response)["code"] == "NOT_FOUND"


def test_a_bug_is_a_500_that_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    response = Client().get("/failing/bug")
    assert response.status_code == 500
    assert error(response)["code"] == "INTERNAL_ERROR"
    assert "hunter2" not in response.content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_outside_of_drf_is_in_the_envelope_too() -> None:
    response = Client(raise_request_exception=False).get("/plain-bug")
    assert response.status_code == 500
    assert error(response)["code"] == "INTERNAL_ERROR"


def test_an_unknown_host_answers_in_the_envelope() -> None:
    response = Client().get("/ready", headers={"Host": "evil.example"})
    assert (response.status_code, error(response)["code"]) == (400, "INVALID_INPUT")
    assert "evil" not in response.content.decode()


def test_a_database_that_is_away_is_a_503() -> None:
    response = Client().get("/failing/database")
    assert response.status_code == 503
    assert error(response)["code"] == "SERVICE_UNAVAILABLE"
    assert response.headers["Retry-After"] == "5"


def test_a_value_that_the_database_cannot_hold_is_a_400() -> None:
    response = Client().get("/failing/data")
    assert (response.status_code, error(response)["code"]) == (400, "INVALID_INPUT")


def test_a_wrong_method_names_the_allowed_ones() -> None:
    response = Client().delete("/echo")
    assert response.status_code == 405
    assert error(response)["code"] == "METHOD_NOT_ALLOWED"
    assert error(response)["details"] == {"allowed": ["GET", "POST", "HEAD", "OPTIONS"]}
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_wrong_content_type_names_the_allowed_ones() -> None:
    response = post_raw("/echo", b"name=x", "text/plain")
    assert response.status_code == 415
    assert error(response)["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert error(response)["details"] == {"allowed": [JSON]}


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense", "application/xml;q=1"])
def test_answers_are_json_whatever_the_caller_prefers(accept: str) -> None:
    response = Client().get("/echo", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == JSON


BAD_JSON = {
    "malformed": b'{"name": ',
    "not utf-8": b'{"name": "\xff\xfe"}',
    "nul": b'{"name": "a\\u0000b"}',
    "lone surrogate": b'{"name": "\\ud800"}',
    "surrogate field": b'{"\\ud800": 1}',
    "deep list": b"[" * 200_000,
    "deep object": b'{"name":' * 100_000,
    "list": b"[1, 2]",
    "string": b'"x"',
    "null": b"null",
    "number": b"1e999",
    "not a number": b'{"name": "x", "count": NaN}',
    "endless integer": b'{"name": "x", "count": ' + b"9" * 10_000 + b"}",
    "list for a string": b'{"name": ["x"]}',
    "object for a string": b'{"name": {"a": 1}}',
    "fraction": b'{"name": "x", "count": 1.5}',
    "object for a list": b'{"name": "x", "tags": {"a": 1}}',
    "nul in a list": b'{"name": "x", "tags": ["\\u0000"]}',
    "only a byte order mark": b"\xef\xbb\xbf",
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_bad_json_is_a_typed_400(body: bytes) -> None:
    response = post_raw("/echo", body)
    assert response.status_code == 400
    assert error(response)["code"] == "INVALID_INPUT"
    json.dumps(response.json()).encode()


def test_an_empty_body_misses_its_fields() -> None:
    response = post_raw("/echo", b"")
    assert response.status_code == 400
    assert error(response)["code"] == "MISSING_REQUIRED_FIELD"
    assert error(response)["details"] == {"missing": ["name"]}


def test_a_json_body_over_the_cap_is_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post_raw("/echo", b'{"name": "' + b"x" * 1000 + b'"}')
    assert (response.status_code, error(response)["code"]) == (400, "FILE_TOO_LARGE")
    assert error(response)["details"] == {"maxBytes": 1000}


@pytest.mark.parametrize("charset", ["latin-1", "no-such", "utf-7"])
def test_bodies_and_queries_are_utf8_whatever_charset_is_claimed(charset: str) -> None:
    body = '{"name": "é"}'.encode()
    response = post_raw("/echo?x=%ff", body, f"application/json; charset={charset}")
    assert response.status_code == 200
    assert response.json()["data"] == {"name": "é"}


BAD_FORMS = {
    "no boundary": (b"x", "multipart/form-data"),
    "empty boundary": (b"x", "multipart/form-data; boundary="),
    "rubbish": (b"\x00\xff" * 500, FORM),
    "cut off": (multipart((FILE, b"abc"))[:-20], FORM),
    "not base64": (
        multipart((FILE + "\r\nContent-Transfer-Encoding: base64", b"\xff!!"), (TIER, b"basic")),
        FORM,
    ),
    "no such codec": (
        multipart((FILE.replace('filename="a.jpg"', "filename*=hex''%ff"), b"abc")),
        FORM,
    ),
    "codec of a boundary": (b"x", "multipart/form-data; boundary*=utf-8''%00%ff"),
    "long header": (multipart((FILE + "; x=" + "y" * 20_000, b"abc")), FORM),
    "nul in a field": (multipart((FILE, b"abc"), (TIER, b"ba\0sic")), FORM),
    "not utf-8": (multipart((FILE, b"abc"), (TIER, b"\xff\xfe")), FORM),
    "file for a word": (multipart((FILE.replace("image", "tier"), b"a"), (FILE, b"a")), FORM),
    "word for a file": (multipart((TIER.replace("tier", "image"), b"a"), (TIER, b"basic")), FORM),
    "twice": (multipart((FILE, b"a"), (FILE, b"b"), (TIER, b"basic")), FORM),
    "empty file": (multipart((FILE, b""), (TIER, b"basic")), FORM),
    "many fields": (multipart(*[(TIER, b"basic")] * 1100), FORM),
    "many files": (multipart(*[(FILE, b"a")] * 150), FORM),
}


@pytest.mark.parametrize(("body", "content_type"), BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_a_bad_form_is_a_typed_400(body: bytes, content_type: str) -> None:
    response = post_raw("/upload", body, content_type)
    assert response.status_code == 400
    assert error(response)["code"] in {"INVALID_INPUT", "MISSING_REQUIRED_FIELD"}


def test_a_form_field_too_large_for_memory_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post_raw("/upload", multipart((TIER, b"x" * 2000)), FORM)
    assert (response.status_code, error(response)["code"]) == (400, "FILE_TOO_LARGE")


def test_a_good_form_goes_through() -> None:
    tag = 'Content-Disposition: form-data; name="tags"'
    body = multipart((FILE, b"abc"), (TIER, b"basic"), (tag, b"a"), (tag, b"b"))
    response = post_raw("/upload", body, FORM)
    assert response.json()["data"] == {"image": 3, "tier": "basic", "tags": ["a", "b"]}


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page=%00", "page=1&page=2", "page=99999999999999", "a=%ff", "%00=1"],
)
def test_a_bad_query_is_a_typed_400(query: str) -> None:
    response = Client().get(f"/echo?{query}")
    assert (response.status_code, error(response)["code"]) == (400, "INVALID_INPUT")


def test_a_nul_in_the_path_is_nothing_that_exists() -> None:
    response = Client().get("/echo/a%00b")
    assert (response.status_code, error(response)["code"]) == (404, "NOT_FOUND")


def test_a_broker_that_is_away_is_a_503() -> None:
    assert from_exception(BrokerError("no route")).status == 503


def test_classes_own_code_and_status() -> None:
    class Teapot(ApiError):
        code, status = errors.ErrorCode.CONFLICT, 418

    found = from_exception(Teapot("short and stout", details={"a": 1}, headers={"X-A": "b"}))
    assert (found.status, found.details, found.headers) == (418, {"a": 1}, {"X-A": "b"})


@pytest.mark.parametrize(
    "problem",
    [
        EndpointConnectionError(endpoint_url="http://s3"),
        ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_storage_that_is_away_or_full_is_unavailable(problem: Exception) -> None:
    error = from_exception(problem)
    assert error.status == 503
    assert error.headers["Retry-After"]


def test_other_trouble_of_the_system_is_ours() -> None:
    assert from_exception(PermissionError(errno.EACCES, "no")).status == 500
