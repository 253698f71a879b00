"""POST /background-remover/uploads/addresses."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from batches.models import Upload
from common import maintenance
from common.http.auth import Scope
from tests.accounts.factories import api_key_for
from tests.batches.uploads.factories import URL, announced

ADDRESSES = f"{URL}/addresses"
SHOE, BAG = "https://shop.example.com/shoe.jpg", "https://cdn.example.com/a/b%20c"

pytestmark = pytest.mark.django_db


def add(client: Client, *images: Any, **headers: str) -> Any:
    body = {"images": [{"url": one} if isinstance(one, str) else one for one in images]}
    return client.post(ADDRESSES, body, content_type="application/json", headers=headers)


def add_csv(client: Client, text: str | bytes) -> Any:
    return client.generic("POST", ADDRESSES, text, content_type="text/csv")


def refusal(answer: Any) -> tuple[int, str, Any]:
    assert Upload.objects.count() == 0
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("details")


def reasons(answer: Any) -> list[Any]:
    status, code, details = refusal(answer)
    assert (status, code) == (400, "INVALID_INPUT")
    return [one["reason"] for one in details["problems"]]


def test_each_address_becomes_an_upload_that_is_being_fetched(api: Client, owner: User) -> None:
    answer = add(api, SHOE, {"url": BAG, "filename": "bag.png", "reference": "line 2"})
    assert answer.status_code == 202
    shoe, bag = answer.json()["data"]["uploads"]
    assert shoe["uploadId"].startswith("upl_")
    assert (shoe["url"], shoe["filename"], shoe["status"]) == (SHOE, "shoe.jpg", "fetching")
    assert (shoe["size"], shoe["contentType"], shoe["error"]) == (None, None, None)
    assert (bag["filename"], bag["reference"]) == ("bag.png", "line 2")
    assert Upload.objects.filter(user_id=owner.pk).count() == 2


def test_without_a_name_the_end_of_the_address_is_the_name(api: Client) -> None:
    names = ["https://x.example/a/b%20c", "https://x.example", "https://x.example/..%2F..%2Fpasswd"]
    found = add(api, *names).json()["data"]["uploads"]
    assert [one["filename"] for one in found] == ["b c", "image", "passwd"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://10.0.0.7/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/a.jpg",
        "http://[::ffff:127.0.0.1]/a.jpg",
        "http://2130706433/a.jpg",
        "http://0x7f.1/a.jpg",
        "https://shop.example.com:22/a.jpg",
        "https://user:secret@shop.example.com/a.jpg",
        "file:///etc/passwd",
        "ftp://shop.example.com/a.jpg",
        "javascript:alert(1)",
        "//shop.example.com/a.jpg",
        "shoe.jpg",
        "https://shop.example.com/a b\n.jpg",
        "https://" + "x" * 300 + ".com/a.jpg",
    ],
)
def test_addresses_that_no_fetch_would_go_to(api: Client, url: str) -> None:
    assert len(reasons(add(api, url))) == 1


def test_every_wrong_address_is_named_without_being_repeated(api: Client) -> None:
    answer = add(api, SHOE, "http://10.0.0.7/secret", "nonsense", SHOE)
    assert reasons(answer) == [
        "This address leads into a private network",
        "The address must begin with https:// or http://",
        "The same address as in entry 0",
    ]
    assert "secret" not in answer.content.decode()


def test_the_same_address_written_differently_is_a_duplicate(api: Client) -> None:
    assert reasons(add(api, SHOE, "HTTPS://SHOP.example.com:443/shoe.jpg")) == [
        "The same address as in entry 0"
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{SHOE}\n{BAG}\n", [(SHOE, "shoe.jpg"), (BAG, "b c")]),
        (f"\ufeffurl\r\n{SHOE}\r\n\r\n", [(SHOE, "shoe.jpg")]),
        (f"url,filename\n{SHOE},a.jpg\n{BAG},\n", [(SHOE, "a.jpg"), (BAG, "b c")]),
        (f'name;URL\n"b;b.jpg";{SHOE}', [(SHOE, "b;b.jpg")]),
        (f"sku\timage_url\n7\t{SHOE}", [(SHOE, "shoe.jpg")]),
        ("https://x.example/w_2,h_3/a.jpg", [("https://x.example/w_2,h_3/a.jpg", "a.jpg")]),
        ("url\nhttps://x.example/w_2,h_3/a.jpg", [("https://x.example/w_2,h_3/a.jpg", "a.jpg")]),
    ],
)
def test_csv(api: Client, text: str, found: list[tuple[str, str]]) -> None:
    answer = add_csv(api, text)
    assert answer.status_code == 202, answer.content
    uploads = answer.json()["data"]["uploads"]
    assert [(one["url"], one["filename"]) for one in uploads] == found


def test_problems_of_csv_name_the_line(api: Client) -> None:
    details = refusal(add_csv(api, f"url,filename\n{SHOE},a\n\nnonsense,b\n{SHOE},c\n"))[2]
    assert [(one["line"], one["index"]) for one in details["problems"]] == [(4, 1), (5, 2)]
    assert details["problems"][1]["reason"] == "The same address as in line 2"


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"url\n", b'url,x\n"https://x', b"a\0b", b"x" * 1_100_000]
)
def test_lists_that_cannot_be_read(api: Client, text: bytes) -> None:
    status, code, _ = refusal(add_csv(api, text))
    assert status == 400
    assert code in ("INVALID_INPUT", "MISSING_REQUIRED_FIELD")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"images": "x"}',
        b'{"images": [1]}',
        b'{"images": [{"url": ["a"]}]}',
        b'{"images": [{"url": "https://x.example/a.jpg", "colour": "red"}]}',
        b'{"images": [{"filename": "a"}]}',
        b'{"images": []}',
        b'{"images": [{"url": "https://x.example/\\u0000"}]}',
    ],
)
def test_bodies_of_another_shape(api: Client, body: bytes) -> None:
    answer = api.generic("POST", ADDRESSES, body, content_type="application/json")
    assert refusal(answer)[1] in ("INVALID_INPUT", "MISSING_REQUIRED_FIELD")


def test_five_hundred_and_no_more(api: Client) -> None:
    many = [f"https://x.example/{number}.jpg" for number in range(501)]
    assert refusal(add(api, *many))[:2] == (400, "BATCH_TOO_LARGE")
    assert len(add(api, *many[:500]).json()["data"]["uploads"]) == 500


def test_too_many_outstanding(api: Client, owner: User, settings: Settings) -> None:
    settings.UPLOADS_OUTSTANDING = 3
    announced(owner, 10, 10)
    assert add(api, SHOE, BAG).status_code == 409
    assert add(api, SHOE).status_code == 202


def test_maintenance_takes_on_nothing(api: Client, owner: User) -> None:
    maintenance.begin(message="", by=owner, now=timezone.now())
    assert refusal(add(api, SHOE))[:2] == (503, "SERVICE_UNAVAILABLE")


def test_the_same_key_adds_the_list_once(api: Client) -> None:
    first = add(api, SHOE, **{"Idempotency-Key": "k1"})
    second = add(api, SHOE, **{"Idempotency-Key": "k1"})
    assert second.json() == first.json()
    assert Upload.objects.count() == 1
    assert add(api, BAG, **{"Idempotency-Key": "k1"}).status_code == 409


def test_permissions_to_add_addresses(owner: User, staff: Client) -> None:
    key = api_key_for(owner, scopes=[Scope.REMOVAL_READ])
    assert refusal(add(Client(headers={"x-api-key": key}), SHOE))[0] == 403
    assert refusal(add(Client(), SHOE))[0] == 401
    # Staff add to their own, like everybody.
    assert add(staff, SHOE).status_code == 202
    assert not Upload.objects.filter(user_id=owner.pk).exists()
