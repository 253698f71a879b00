import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, User
from common.http.auth import ALL_SCOPES, Scope
from common.http.errors import Conflict
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.accounts.http import call, code, error, get, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


def make(user: User, **body: Any) -> Any:
    return post("/auth/api-keys", {"name": "import", **body}, auth=bearer(user))


def delete(user: User, key_id: str) -> Any:
    return call("delete", f"/auth/api-keys/{key_id}", auth=bearer(user))


def test_the_secret_is_shown_once(user: User) -> None:
    made = make(user)

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.json()["data"]["apiKey"]
    listed = get("/auth/api-keys", auth=bearer(user))
    assert secret not in listed.content.decode()
    assert secret.startswith(listed.json()["data"]["apiKeys"][0]["prefix"])


def test_only_its_digest_is_stored(user: User) -> None:
    secret = make(user).json()["data"]["apiKey"]

    key = ApiKey.objects.get()
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(vars(key))


def test_the_secret_has_at_least_190_random_bits(user: User) -> None:
    secret = make(user).json()["data"]["apiKey"]

    assert secret.startswith("lmk_live_")
    assert len(secret.removeprefix("lmk_live_")) * 6 >= 190 + 6 * 6


def test_the_answer_describes_the_key(user: User) -> None:
    data = make(user, name="Nightly import", scopes=["removal:read"]).json()["data"]

    assert data["id"].startswith("key_")
    assert data["name"] == "Nightly import"
    assert data["scopes"] == ["removal:read"]
    assert data["lastUsedAt"] is None
    assert data["expiresAt"] is None
    assert data["createdAt"].endswith("Z")


def test_without_scopes_it_may_do_the_work_but_not_manage_the_account(user: User) -> None:
    scopes = make(user).json()["data"]["scopes"]

    assert scopes == ["billing:read", "removal:read", "removal:write"]


def test_a_third_key_is_refused_with_what_to_do(user: User) -> None:
    ids = [make(user).json()["data"]["id"] for _ in range(2)]

    third = make(user)

    assert third.status_code == 409
    details = error(third)["details"]
    assert details["limit"] == 2
    assert {key["id"] for key in details["keys"]} == set(ids)
    assert "DELETE" in details["hint"]


def test_two_keys_work_side_by_side_so_one_can_replace_the_other(user: User) -> None:
    old, new = (make(user).json()["data"] for _ in range(2))

    assert delete(user, old["id"]).json()["data"] == {"id": old["id"], "revoked": True}
    assert get("/auth/me", **{"X-API-Key": old["apiKey"]}).status_code == 401
    assert get("/auth/me", **{"X-API-Key": new["apiKey"]}).status_code == 200
    assert make(user).status_code == 201


def test_expired_keys_make_room(user: User) -> None:
    for _ in range(2):
        api_key_for(user)
    ApiKey.objects.update(expires_at=timezone.now())

    assert make(user).status_code == 201


def test_a_key_may_expire(user: User) -> None:
    soon = (timezone.now() + timedelta(days=1)).replace(microsecond=0)

    data = make(user, expiresAt=soon.isoformat()).json()["data"]

    assert data["expiresAt"] == soon.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "n" * 81},
        {"name": "a\0b"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": "removal:read"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"colour": "red"},
    ],
)
def test_refuses_invalid_input(user: User, wrong: dict[str, Any]) -> None:
    response = make(user, **wrong)

    assert response.status_code == 400
    assert code(response) == "INVALID_INPUT"
    assert not ApiKey.objects.exists()


def test_a_name_is_needed(user: User) -> None:
    assert code(post("/auth/api-keys", {}, auth=bearer(user))) == "MISSING_REQUIRED_FIELD"


def test_a_key_can_be_renamed(user: User) -> None:
    key_id = make(user).json()["data"]["id"]

    renamed = call("patch", f"/auth/api-keys/{key_id}", {"name": "other"}, auth=bearer(user))

    assert renamed.json()["data"]["name"] == "other"


def test_a_key_can_be_given_another_model_and_none(user: User) -> None:
    data = make(user, model="u2net").json()["data"]
    path = f"/auth/api-keys/{data['id']}"

    for given, pinned in (("u2netp", "u2netp"), ("", ""), ("u2net", "u2net"), (None, "")):
        changed = call("patch", path, {"model": given}, auth=bearer(user)).json()["data"]
        assert (changed["model"], changed["name"]) == (pinned, "import")
        assert ApiKey.objects.get().model == pinned


def test_a_new_name_leaves_the_model(user: User) -> None:
    key_id = make(user, model="u2net").json()["data"]["id"]

    call("patch", f"/auth/api-keys/{key_id}", {"name": "other"}, auth=bearer(user))

    assert (ApiKey.objects.get().name, ApiKey.objects.get().model) == ("other", "u2net")


@pytest.mark.parametrize("model", ["u2nett", "silueta", "../u2net"])
def test_a_model_that_no_tier_uses_is_refused_with_a_list_of_those_in_use(
    user: User, model: str
) -> None:
    key_id = make(user, name="kept").json()["data"]["id"]
    path = f"/auth/api-keys/{key_id}"

    refused = [
        make(user, model=model),
        call("patch", path, {"name": "other", "model": model}, auth=bearer(user)),
    ]

    for answer in refused:
        assert (answer.status_code, code(answer)) == (400, "INVALID_INPUT")
        assert {"u2netp", "u2net", "lumiku-lite"} <= {*error(answer)["details"]["models"]}
        assert "u2netp" in error(answer)["message"]
    assert (ApiKey.objects.get().name, ApiKey.objects.get().model) == ("kept", "")


def test_a_change_of_nothing_is_refused(user: User) -> None:
    key_id = make(user).json()["data"]["id"]

    refused = call("patch", f"/auth/api-keys/{key_id}", {}, auth=bearer(user))

    assert (refused.status_code, code(refused)) == (400, "INVALID_INPUT")


def test_the_list_shows_only_keys_that_work(user: User) -> None:
    dead, live = (make(user).json()["data"]["id"] for _ in range(2))
    delete(user, dead)

    listed = get("/auth/api-keys", auth=bearer(user)).json()["data"]["apiKeys"]

    assert [key["id"] for key in listed] == [live]


def test_a_key_cannot_be_revoked_twice(user: User) -> None:
    key_id = make(user).json()["data"]["id"]
    delete(user, key_id)

    assert delete(user, key_id).status_code == 404


@pytest.mark.parametrize("is_staff", [False, True])
def test_users_see_and_change_only_their_own_keys(user: User, is_staff: bool) -> None:
    key_id = make(user).json()["data"]["id"]
    other = UserFactory(is_staff=is_staff)

    assert get("/auth/api-keys", auth=bearer(other)).json()["data"]["apiKeys"] == []
    assert delete(other, key_id).status_code == 404
    path = f"/auth/api-keys/{key_id}"
    for change in ({"name": "mine"}, {"model": "u2net"}, {"model": "no such"}):
        assert call("patch", path, change, auth=bearer(other)).status_code == 404
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/auth/api-keys"),
        ("post", "/auth/api-keys"),
        ("patch", "/auth/api-keys/key_x"),
        ("delete", "/auth/api-keys/key_x"),
    ],
)
def test_needs_a_login_and_the_scope(user: User, method: str, path: str) -> None:
    key = api_key_for(user, scopes=ALL_SCOPES - {Scope.ACCOUNT_WRITE})

    assert call(method, path, {}).status_code == 401
    assert call(method, path, {}, auth=f"Bearer {key}").status_code == 403


def test_a_key_passes_on_only_scopes_of_its_own(user: User) -> None:
    key = api_key_for(user, scopes=[Scope.ACCOUNT_WRITE, Scope.REMOVAL_READ])
    headers = {"X-API-Key": key}

    beyond = post("/auth/api-keys", {"name": "n", "scopes": ["billing:write"]}, **headers)
    within = post("/auth/api-keys", {"name": "n", "scopes": ["removal:read"]}, **headers)

    assert beyond.status_code == 403
    assert code(beyond) == "INSUFFICIENT_PERMISSIONS"
    assert within.status_code == 201


@pytest.mark.django_db(transaction=True)
def test_ten_concurrent_requests_create_two_keys() -> None:
    user, start = UserFactory(), Barrier(10)

    def issue(_: int) -> bool:
        start.wait()
        try:
            services.issue_api_key(user=user, name="n", scopes=[], now=timezone.now())
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(issue, range(10))) == 2


CAP = {"credits": 500, "period": "month"}


def change(user: User, key_id: str, **body: Any) -> Any:
    return call("patch", f"/auth/api-keys/{key_id}", body, auth=bearer(user))


def cap_of(user: User) -> Any:
    [key] = get("/auth/api-keys", auth=bearer(user)).json()["data"]["apiKeys"]
    return key["spendingCap"]


def test_a_key_can_be_made_with_a_spending_cap(user: User) -> None:
    made = make(user, spendingCap=CAP).json()["data"]["spendingCap"]

    assert made == cap_of(user)
    assert (made["credits"], made["period"], made["spent"]) == (500, "month", 0)


def test_a_spending_cap_can_be_set_changed_and_removed(user: User) -> None:
    key_id = make(user).json()["data"]["id"]
    assert cap_of(user) is None

    changed = change(user, key_id, spendingCap=CAP).json()["data"]
    assert changed["spendingCap"]["credits"] == 500
    change(user, key_id, spendingCap={"credits": 1, "period": "day"}, name="new")
    assert (cap_of(user)["credits"], cap_of(user)["period"]) == (1, "day")
    change(user, key_id, name="newer")
    assert cap_of(user)["credits"] == 1
    change(user, key_id, spendingCap=None)
    assert cap_of(user) is None


@pytest.mark.parametrize("staff", [False, True])
def test_others_cannot_change_the_spending_cap(user: User, staff: bool) -> None:
    key_id = make(user).json()["data"]["id"]

    refused = change(UserFactory(is_staff=staff), key_id, spendingCap=CAP)

    assert refused.status_code == 404
    assert cap_of(user) is None


def test_a_capped_key_can_neither_raise_its_cap_nor_make_or_change_another(user: User) -> None:
    made = make(user, scopes=[str(scope) for scope in ALL_SCOPES], spendingCap=CAP).json()["data"]
    auth = f"Bearer {made['apiKey']}"

    raised = call("patch", f"/auth/api-keys/{made['id']}", {"spendingCap": None}, auth=auth)
    another = post("/auth/api-keys", {"name": "uncapped"}, auth=auth)

    assert [(each.status_code, code(each)) for each in (raised, another)] == [
        (403, "INSUFFICIENT_PERMISSIONS")
    ] * 2
    assert cap_of(user)["credits"] == 500


def test_a_key_without_a_cap_can_set_one(user: User) -> None:
    auth = f"Bearer {api_key_for(user)}"
    key_id = make(user).json()["data"]["id"]

    changed = call("patch", f"/auth/api-keys/{key_id}", {"spendingCap": CAP}, auth=auth)

    assert changed.status_code == 200


@pytest.mark.parametrize("cap", [{}, 5, {"credits": -1, "period": "day"}, {"credits": 1}])
def test_a_cap_that_does_not_fit_is_refused(user: User, cap: Any) -> None:
    key_id = make(user).json()["data"]["id"]

    assert make(user, spendingCap=cap).status_code == 400
    assert change(user, key_id, spendingCap=cap).status_code == 400
    assert cap_of(user) is None
