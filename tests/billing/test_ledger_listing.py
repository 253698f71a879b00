"""`GET /billing/ledger`, as JSON and as CSV."""

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from billing import exports, ledger, queries
from billing.models import Entry
from common import database, spreadsheets
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.billing.factories import fresh_key, hold_for, user_with

pytestmark = pytest.mark.django_db

URL = "/v1/billing/ledger"


@pytest.fixture
def owner() -> User:
    """A user with five entries: 50 granted, a job of 15 captured, and one of 8 released."""
    user = user_with(50)
    ledger.settle_hold(hold_id=hold_for(user, 15, "job_a").pk, captures={"job_a": 15})
    ledger.release_hold(hold_id=hold_for(user, 8, "job_b").pk)
    return user


def get(client: Client, user: User, **query: Any) -> Any:
    return client.get(URL, query, headers={"Authorization": bearer(user)})


def listed(client: Client, user: User, **query: Any) -> list[dict[str, Any]]:
    answer = get(client, user, **query)
    assert answer.status_code == 200, answer.content
    entries: list[dict[str, Any]] = answer.json()["data"]["entries"]
    return entries


def refused(client: Client, user: User, **query: Any) -> str:
    answer = get(client, user, **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")
    return str(answer.json()["error"]["message"])


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def move_to(entry_sequence: int, when: str) -> None:
    """Move an entry into the past, which only a superuser without triggers can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        Entry.objects.filter(sequence=entry_sequence).update(
            created_at=datetime.fromisoformat(when)
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_owner_sees_every_movement_latest_first(client: Client, owner: User) -> None:
    entries = listed(client, owner)
    assert [entry["kind"] for entry in entries] == ["release", "hold", "capture", "hold", "grant"]
    capture = entries[2]
    assert capture.pop("id").startswith("txn_")
    assert capture.pop("createdAt").endswith("Z")
    assert capture == {
        "kind": "capture",
        "creditsChange": 0,
        "heldChange": -15,
        "availableAfter": 35,
        "heldAfter": 0,
        "reference": "job_a",
        "reason": None,
    }


def test_pages(client: Client, owner: User) -> None:
    data = get(client, owner, page=2, limit=2).json()["data"]
    assert [entry["kind"] for entry in data["entries"]] == ["capture", "hold"]
    assert data["pagination"] == {
        "page": 2,
        "limit": 2,
        "total": 5,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": True,
    }


@pytest.mark.parametrize("staff", [False, True])
def test_other_users_see_nothing(client: Client, owner: User, staff: bool) -> None:
    assert listed(client, UserFactory(is_staff=staff)) == []


def test_strangers_must_log_in(client: Client) -> None:
    assert client.get(URL).status_code == 401


def test_a_key_needs_the_scope(client: Client, owner: User) -> None:
    allowed = api_key_for(owner, [Scope.BILLING_READ])
    denied = api_key_for(owner, [Scope.REMOVAL_READ])
    assert client.get(URL, headers={"X-API-Key": allowed}).status_code == 200
    assert client.get(URL, headers={"X-API-Key": denied}).status_code == 403


@pytest.mark.parametrize(("kind", "count"), [("hold", 2), ("grant", 1), ("adjust", 0)])
def test_by_kind(client: Client, owner: User, kind: str, count: int) -> None:
    assert [entry["kind"] for entry in listed(client, owner, kind=kind)] == [kind] * count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"startDate": "2025-01-31"}, 1),
        ({"endDate": "2025-01-31"}, 1),
        ({"startDate": "2025-02-01"}, 0),
        ({"endDate": "2025-01-30"}, 0),
        ({"startDate": "2025-01-31T23:59:59Z"}, 1),
        ({"endDate": "2025-01-31T23:59:59Z"}, 0),
        ({"startDate": "2025-02-01T06:59:59+07:00", "endDate": "2025-02-01T07:00:00+07:00"}, 1),
    ],
)
def test_by_date(client: Client, owner: User, query: dict[str, str], count: int) -> None:
    move_to(1, "2025-01-31T23:59:59+00:00")
    assert len(listed(client, owner, kind="grant", **query)) == count


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"kind": "gift"}, "grant, hold, capture, release, adjust"),
        ({"format": "pdf"}, "json, csv"),
        ({"startDate": "yesterday"}, "not an ISO 8601 date"),
        ({"startDate": "2025-02-30"}, "not an ISO 8601 date"),
        ({"endDate": "9999-12-31"}, "not an ISO 8601 date"),
        ({"startDate": "0001-01-01T00:00:00+14:00"}, "not an ISO 8601 date"),
        ({"startDate": "2025-02-02", "endDate": "2025-02-01T00:00:00Z"}, "before startDate"),
        ({"page": "0"}, "page"),
        ({"limit": "101"}, "limit"),
        ({"account": "1"}, "Unknown field 'account'"),
    ],
)
def test_bad_queries(client: Client, owner: User, query: dict[str, str], complaint: str) -> None:
    assert complaint in refused(client, owner, **query)


def test_csv_holds_all_pages_oldest_first(client: Client, owner: User) -> None:
    answer = get(client, owner, format="csv", limit=1)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    found = rows(answer.getvalue())
    assert [row["kind"] for row in found] == ["grant", "hold", "capture", "hold", "release"]
    assert (found[2]["heldChange"], found[2]["availableAfter"]) == ("-15", "35")


def test_csv_is_streamed_and_limited(client: Client, owner: User) -> None:
    answer = get(client, owner, format="csv")
    assert answer.streaming
    assert "X-RateLimit-Remaining" in answer.headers


def test_csv_obeys_the_filters(client: Client, owner: User) -> None:
    found = rows(get(client, owner, format="csv", kind="hold").getvalue())
    assert [row["reference"] for row in found] == ["job_a", "job_b"]


def test_csv_of_nothing_is_its_heading(client: Client) -> None:
    answer = get(client, UserFactory(), format="csv")
    assert answer.getvalue().decode().strip() == ",".join(exports.COLUMNS)


def test_csv_of_others_is_empty(client: Client, owner: User) -> None:
    assert rows(get(client, UserFactory(is_staff=True), format="csv").getvalue()) == []


def test_csv_holds_no_connection_while_a_chunk_is_sent(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNK", 2)
    released: list[str] = []
    monkeypatch.setattr(database, "release", lambda: released.append("now"))
    sent = iter(get(client, owner, format="csv"))
    next(sent), next(sent)
    assert released == ["now"]


def test_csv_goes_on_past_a_chunk(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNK", 2)
    with CaptureQueriesContext(connection) as spent:
        found = rows(get(client, owner, format="csv").getvalue())
    assert len({row["id"] for row in found}) == 5
    assert sum('"billing_entry"' in query["sql"] for query in spent) == 4


@pytest.mark.parametrize(
    "reason",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\n=1",
        "＝1",
        "＋1",
        '=1,"2"',
    ],
)
def test_csv_escapes_formulas(client: Client, reason: str) -> None:
    user = user_with(5)
    ledger.grant(user_id=user.pk, credits=1, key=fresh_key(), reason=reason)
    assert spreadsheets.harmless(reason) == f"'{reason}"
    text = get(client, user, format="csv").getvalue().decode()
    cells = [row[-1] for row in csv.reader(io.StringIO(text, newline=""))]
    assert cells == ["reason", "Test", f"'{reason}"]


@pytest.mark.parametrize("reason", ["Welcome credits", "", "a=b", "3 - 2", "日本"])
def test_csv_leaves_ordinary_text_alone(reason: str) -> None:
    assert spreadsheets.harmless(reason) == reason


def test_csv_is_streamed_by_the_asynchronous_server_too(owner: User) -> None:
    headers = {"Authorization": bearer(owner)}

    @async_to_sync
    async def download() -> bytes:
        answer: Any = await AsyncClient().get(URL, {"format": "csv"}, headers=headers)
        assert answer.is_async
        return b"".join([part async for part in answer])

    assert len(rows(download())) == 5
