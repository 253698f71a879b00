"""Operators look at the dashboard as a customer sees it: read only, for minutes, in the log."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLResolver, reverse
from django.utils import timezone

from accounts import customer_view, services
from accounts.authentication import Authentication
from accounts.credentials import resolve_session
from accounts.models import User
from batches.websocket import auth as sockets
from common.http import ratelimit
from common.http.errors import ApiError
from common.models import OperatorAction
from config.urls import native
from tests.accounts.codes import clock, set_up
from tests.accounts.factories import UserFactory, api_key_for
from tests.accounts.http import code, error, get, post
from tests.batches.factories import ended
from tests.removal.factories import customer as with_credits

__all__ = ["clock"]

pytestmark = pytest.mark.django_db
STOP = "/admin/customer-view/stop/"
REASON = {"reason": "Asked for help with a batch"}


@pytest.fixture
def customer() -> User:
    return with_credits()


@pytest.fixture
def operator() -> User:
    user = UserFactory(is_staff=True)
    names = ("view_user", "view_as_customer")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def browser_of(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def form_of(customer: User) -> str:
    return reverse("operators-customer-view", args=[customer.public_id])


def viewing(operator: User, customer: User, **options: Any) -> Client:
    client = browser_of(operator, **options)
    answer = client.post(form_of(customer), REASON)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app")
    return client


def log() -> list[tuple[str, str, str]]:
    lines = OperatorAction.objects.order_by("pk")
    return [(line.operator, line.action, line.object_id) for line in lines]


def who(client: Client) -> str:
    return str(get("/auth/me", client=client).json()["data"]["email"])


# --- starting and stopping ---


def test_only_staff_with_the_permission_may_start(customer: User, operator: User) -> None:
    helper = UserFactory(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_user"))
    assert browser_of(helper).post(form_of(customer), REASON).status_code == 403
    assert "View dashboard as" not in page_of(browser_of(helper), customer)
    for stranger in (customer, with_credits()):
        assert browser_of(stranger).post(form_of(customer), REASON).status_code == 302
    assert Client().post(form_of(customer), REASON).status_code == 302
    assert log() == []
    assert "View dashboard as" in page_of(browser_of(operator), customer)
    assert who(viewing(operator, customer)) == customer.email


def page_of(client: Client, customer: User) -> str:
    page = client.get(reverse("operators-customer", args=[customer.public_id]))
    return str(page.content.decode())


@pytest.mark.parametrize(
    "barred", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}]
)
def test_staff_and_closed_accounts_cannot_be_looked_at(
    operator: User, barred: dict[str, bool]
) -> None:
    answer = browser_of(operator).post(form_of(UserFactory(**barred)), REASON)
    assert answer.status_code == 403
    assert log() == []


def test_a_start_needs_a_reason_and_the_token_of_the_form(customer: User, operator: User) -> None:
    assert (
        b"This field is required"
        in browser_of(operator).post(form_of(customer), {"reason": ""}).content
    )
    checked = browser_of(operator, enforce_csrf_checks=True)
    assert checked.post(form_of(customer), REASON).status_code == 403
    assert checked.get(form_of(customer)).status_code == 200
    assert who(checked) == operator.email
    assert log() == []


def test_start_and_stop_are_in_the_log(customer: User, operator: User) -> None:
    client = viewing(operator, customer)
    answer = client.post(STOP)
    assert answer.headers["Location"] == reverse("operators-customer", args=[customer.public_id])
    who_and_whom = (operator.public_id, customer.public_id)
    assert [(line[0], line[2]) for line in log()] == [who_and_whom, who_and_whom]
    first, last = OperatorAction.objects.order_by("pk")
    assert (first.action, first.reason) == ("customer_view.start", REASON["reason"])
    assert "until" in first.after
    assert (last.action, last.after) == ("customer_view.stop", {"outcome": "stopped"})
    assert who(client) == operator.email


def test_stopping_is_a_post_with_a_token_and_without_a_view_does_nothing(
    customer: User, operator: User
) -> None:
    client = viewing(operator, customer)
    assert client.get(STOP).status_code == 405
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = client.cookies
    assert checked.post(STOP).status_code == 403
    assert who(client) == customer.email
    assert browser_of(operator).post(STOP).headers["Location"] == "/admin/"
    assert len(log()) == 1


def test_a_second_view_waits_for_the_end_of_the_first(customer: User, operator: User) -> None:
    client = viewing(operator, customer)
    assert (
        b"Stop the view that is open first" in client.post(form_of(with_credits()), REASON).content
    )
    assert who(client) == customer.email
    assert len(log()) == 1


# --- what it allows ---


def changes(patterns: list[Any]) -> Iterator[tuple[str, str]]:
    """The path and method of everything in the API that may change something for a caller."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from changes(one.url_patterns)
            continue
        view = getattr(one.callback, "view_class", None)
        # Other spellings of an address have no name, and the same view.
        if not one.name or Authentication not in getattr(view, "authentication_classes", ()):
            continue
        path = reverse(f"v1:{one.name}", kwargs=dict.fromkeys(one.pattern.regex.groupindex, "x_1"))
        for method in ("post", "put", "patch", "delete"):
            if hasattr(view, method):
                yield path, method


def test_every_method_that_changes_something_is_refused(customer: User, operator: User) -> None:
    client = viewing(operator, customer)
    found = sorted(set(changes(native)))
    assert len(found) > 40
    for path, method in found:
        answer = getattr(client, method)(path, {}, content_type="application/json")
        assert (answer.status_code, path) == (403, path)
        assert error(answer)["details"] == {"reason": "read_only_view"}, (method, path)
        assert code(answer) == "FORBIDDEN"


@pytest.mark.parametrize("method", ["post", "delete"])
def test_the_operators_login_neither_ends_nor_changes_by_the_pages(
    customer: User, operator: User, method: str
) -> None:
    client = viewing(operator, customer)
    answer = getattr(client, method)("/v1/auth/session", {}, content_type="application/json")
    assert error(answer)["details"] == {"reason": "read_only_view"}
    assert client.get("/admin/").status_code == 200
    assert who(client) == customer.email


@pytest.mark.parametrize(
    "path", ["/auth/api-keys", "/auth/sessions", "/auth/me/export", "/auth/me/mail"]
)
def test_no_keys_sessions_and_settings_are_shown(customer: User, operator: User, path: str) -> None:
    api_key_for(customer, name="Shop")
    answer = get(path, client=viewing(operator, customer))
    assert (answer.status_code, error(answer)["details"]) == (403, {"reason": "not_in_view"})


@pytest.mark.parametrize(
    "path",
    [
        "/background-remover/jobs",
        "/background-remover/batch",
        "/background-remover/stats?period=30d",
        "/background-remover/subscription",
    ],
)
def test_what_the_pages_show_is_that_of_the_customer(
    customer: User, operator: User, path: str
) -> None:
    ended(customer)
    own = get(path, client=browser_of(customer)).json()["data"]
    seen = get(path, client=viewing(operator, customer))
    assert seen.status_code == 200
    assert seen.json()["data"].keys() == own.keys()
    if path.endswith("batch"):
        assert seen.json()["data"]["batches"] == own["batches"] != []


def test_operators_endpoints_are_closed_in_a_view_and_their_pages_are_not(customer: User) -> None:
    client = viewing(UserFactory(is_staff=True, is_superuser=True), customer)
    assert get("/admin/jobs", client=client).status_code == 403
    assert client.get("/admin/").status_code == 200


def test_a_socket_reads_the_customers_batches_on_the_operators_slots(
    customer: User, operator: User
) -> None:
    batch = ended(customer)
    client = viewing(operator, customer)
    found = sockets.authenticate(sockets.Credential(session_key(client), is_session=True))
    assert (found.public_id, found.viewed_by) == (customer.public_id, operator.public_id)
    assert sockets.batch_of(found, batch_id=batch.public_id) == batch.pk
    sockets.reserve(found, socket_id="a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SOCKETS_PER_USER", 1)
        sockets.reserve(sockets.SocketUser(customer.pk, customer.public_id), socket_id="b")
    client.post(STOP)
    again = sockets.authenticate(sockets.Credential(session_key(client), is_session=True))
    assert again != found


def session_key(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_requests_count_towards_the_operators_limits(customer: User, operator: User) -> None:
    answer = get("/background-remover/jobs", client=viewing(operator, customer))
    policy = ratelimit.policy("status")
    assert int(answer.headers["X-RateLimit-Remaining"]) < min(policy.limit, policy.burst)
    untouched = get("/background-remover/jobs", client=browser_of(customer))
    assert untouched.headers["X-RateLimit-Remaining"] == answer.headers["X-RateLimit-Remaining"]


# --- pages ---


@pytest.mark.parametrize("path", ["/", "/app", "/app/jobs", "/app/batches", "/app/billing"])
def test_every_page_says_whose_dashboard_it_is(customer: User, operator: User, path: str) -> None:
    page = viewing(operator, customer).get(path).content.decode()
    assert f"You see the dashboard of <strong>{customer.email}</strong>" in page
    assert f'action="{STOP}"' in page
    assert 'id="sign-out"' not in page
    assert operator.email not in page
    assert "view-banner" not in browser_of(customer).get(path).content.decode()


@pytest.mark.parametrize("path", ["/app/developers", "/app/account"])
def test_pages_of_keys_and_logins_are_no_part_of_it(
    customer: User, operator: User, path: str
) -> None:
    page = viewing(operator, customer).get(path).content.decode()
    assert "This page is not part of the view" in page
    assert f'action="{STOP}"' in page


# --- its end ---


def refused(client: Client) -> bool:
    answer = get("/auth/me", client=client)
    with pytest.raises(ApiError):
        resolve_session(session_key(client))
    return bool(answer.status_code == 403 and error(answer)["details"]["reason"] == "view_ended")


def test_it_expires_by_itself_and_leads_back(
    customer: User, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = viewing(operator, customer)
    later = timezone.now() + customer_view.LIFETIME + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert refused(client)
    # A page that is still open must not act for the operator's own account.
    answer = post("/background-remover/try", client=client)
    assert answer.status_code >= 400
    page = client.get("/app")
    assert page.headers["Location"] == reverse("operators-customer", args=[customer.public_id])
    assert OperatorAction.objects.latest("pk").after == {"outcome": "expired"}
    assert who(client) == operator.email


@pytest.mark.parametrize(
    ("whose", "change"),
    [
        ("operator", {"is_staff": False}),
        ("customer", {"is_staff": True}),
        ("customer", {"is_active": False}),
    ],
)
def test_it_ends_when_the_operator_or_the_account_changes(
    customer: User, operator: User, whose: str, change: dict[str, bool]
) -> None:
    client = viewing(operator, customer)
    User.objects.filter(pk={"operator": operator, "customer": customer}[whose].pk).update(**change)
    assert refused(client)


def test_it_ends_when_the_permission_is_taken(customer: User, operator: User) -> None:
    client = viewing(operator, customer)
    operator.user_permissions.clear()
    assert refused(client)


def test_it_ends_with_the_operators_login(customer: User, operator: User) -> None:
    client = viewing(operator, customer)
    services.end_all_sessions(operator, now=timezone.now())
    assert get("/auth/me", client=client).status_code == 401


@pytest.mark.usefixtures("clock")
def test_a_login_without_the_second_factor_does_not_look(customer: User, operator: User) -> None:
    set_up(operator)
    operator.refresh_from_db()
    client = browser_of(operator)
    assert client.post(form_of(customer), REASON).status_code == 302
    assert "customer_view.start" not in {line[1] for line in log()}


def test_the_customers_own_requests_are_as_before(customer: User, operator: User) -> None:
    viewing(operator, customer)
    client = browser_of(customer)
    assert who(client) == customer.email
    assert get("/auth/api-keys", client=client).status_code == 200
