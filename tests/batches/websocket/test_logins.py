"""Authentication of sockets: ways to log in, refusals, and disconnection when access ends."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import ApiKey, LoginSession, User
from batches.websocket import session
from common.http.auth import Scope
from tests.accounts.factories import UserFactory, api_key_for, bearer
from tests.batches.websocket.client import Client, connected, in_thread
from tests.batches.websocket.factories import running

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "localhost:8000"
OUR_PAGE = {"host": HOST, "origin": f"http://{HOST}"}


@pytest.fixture
def owner(transactional_db: None) -> User:
    return UserFactory()


def token_of(user: User) -> str:
    return bearer(user).partition(" ")[2]


def cookie_of(user: User) -> str:
    browser = Browser()
    browser.force_login(user)
    return f"sessionid={browser.cookies['sessionid'].value}"


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def is_welcome(client: Client, user: User) -> None:
    assert await client.receive() == {"type": "authenticated", "userId": user.public_id}


def test_by_message_with_a_token_or_a_key(owner: User) -> None:
    async def scenario(proof: str) -> None:
        async with connected(headers={"origin": "https://elsewhere.example"}) as client:
            await client.send(type="auth", token=proof)
            await is_welcome(client, owner)

    for proof in (token_of(owner), api_key_for(owner)):
        run(scenario(proof))


def test_as_in_the_documentation_without_waiting_for_answers(owner: User) -> None:
    batch, token = running(owner), token_of(owner)

    async def scenario() -> None:
        async with connected(path="/api/background-remover/ws/") as client:
            await client.send(type="auth", token=token)
            await client.send(type="subscribe", batchId=batch.public_id)
            received = [(await client.receive())["type"] for _ in range(3)]
            assert received == ["authenticated", "subscribed", "progress"]

    run(scenario())


def test_by_subprotocol(owner: User) -> None:
    async def scenario(token: str) -> None:
        async with connected(subprotocols=["lumiku.bearer", token]) as client:
            assert client.subprotocol == "lumiku.bearer"
            await is_welcome(client, owner)

    run(scenario(token_of(owner)))


def test_by_header(owner: User) -> None:
    async def scenario(headers: dict[str, str]) -> None:
        async with connected(headers=headers) as client:
            await is_welcome(client, owner)

    run(scenario({"authorization": bearer(owner)}))
    run(scenario({"x-api-key": api_key_for(owner)}))


def test_by_cookie_from_our_own_page(owner: User) -> None:
    async def scenario(cookie: str) -> None:
        async with connected(headers={"cookie": cookie, **OUR_PAGE}) as client:
            await is_welcome(client, owner)

    run(scenario(cookie_of(owner)))


@pytest.mark.parametrize("origin", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
def test_a_cookie_that_another_page_sends_is_not_looked_at(
    owner: User, origin: dict[str, str]
) -> None:
    async def scenario(cookie: str) -> None:
        async with connected(headers={"cookie": cookie, "host": HOST, **origin}) as client:
            answer = await client.ask(type="subscribe", batchId="batch_1")
            assert answer["code"] == "UNAUTHORIZED"

    run(scenario(cookie_of(owner)))


def test_no_batch_is_shown_before_a_login(owner: User) -> None:
    batch = running(owner)

    async def scenario() -> None:
        async with connected() as client:
            answer = await client.ask(type="subscribe", batchId=batch.public_id)
            assert (answer["type"], answer["code"]) == ("error", "UNAUTHORIZED")

    run(scenario())


def test_without_a_login_it_closes(settings: Any) -> None:
    settings.SOCKET_AUTH_S = 0.1

    async def scenario() -> None:
        async with connected() as client:
            assert (await client.receive())["error"] == "No login within 0.1 s"
            assert await client.close_code() == 4408

    run(scenario())


@pytest.mark.parametrize(
    ("token", "code"),
    [("nonsense", "INVALID_TOKEN"), ("lmk_live_nonsense", "INVALID_TOKEN"),
     ("\ud800", "INVALID_TOKEN"), ("a\0b", "INVALID_TOKEN"), ("é", "INVALID_TOKEN")],
)  # fmt: skip
def test_a_wrong_token_is_refused_and_the_third_closes(token: str, code: str) -> None:
    async def scenario() -> None:
        async with connected() as client:
            for _ in range(session.MOST_FAILURES):
                answer = await client.ask(type="auth", token=token)
                assert (answer["type"], answer["code"]) == ("error", code)
            assert await client.close_code() == 4401

    run(scenario())


def test_a_key_that_may_not_read_is_refused(owner: User) -> None:
    async def scenario(key: str) -> None:
        async with connected(headers={"x-api-key": key}) as client:
            answer = await client.receive()
            assert answer["details"]["requiredScope"] == "removal:read"

    run(scenario(api_key_for(owner, scopes=[Scope.BILLING_READ])))


def test_a_socket_stays_with_its_user_and_takes_fresh_tokens(owner: User) -> None:
    fresh, foreign = token_of(owner), token_of(UserFactory())

    async def scenario() -> None:
        async with connected(owner) as client:
            assert (await client.ask(type="auth", token=fresh))["type"] == "authenticated"
            assert (await client.ask(type="auth", token=foreign))["code"] == "FORBIDDEN"

    run(scenario())


def logged_out(user: User) -> None:
    LoginSession.objects.filter(user=user).update(revoked_at=timezone.now())


def deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("happens", [logged_out, deactivated])
def test_a_user_who_loses_access_is_disconnected(owner: User, settings: Any, happens: Any) -> None:
    settings.SOCKET_RECHECK_S = 0.05

    async def scenario() -> None:
        async with connected(owner) as client:
            await in_thread(happens)(owner)
            assert (await client.receive())["code"] == "INVALID_TOKEN"
            assert await client.close_code() == 4401

    run(scenario())


def test_a_token_that_expires_meanwhile_is_noticed(
    owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SOCKET_RECHECK_S = 0.05
    later = timezone.now() + timedelta(seconds=settings.JWT_ACCESS_S + 1)

    async def scenario() -> None:
        async with connected(owner) as client:
            monkeypatch.setattr(timezone, "now", lambda: later)
            assert (await client.receive())["code"] == "TOKEN_EXPIRED"
            assert await client.close_code() == 4401

    run(scenario())


def new_password(user: User) -> None:
    user.set_password("another long pass phrase 43")
    user.save()


def revoked(user: User) -> None:
    ApiKey.objects.filter(user=user).update(revoked_at=timezone.now())


def test_a_revoked_key_is_noticed(owner: User, settings: Any) -> None:
    settings.SOCKET_RECHECK_S = 0.05

    async def scenario(key: str) -> None:
        async with connected(headers={"x-api-key": key}) as client:
            await is_welcome(client, owner)
            await in_thread(revoked)(owner)
            assert await client.close_code() == 4401

    run(scenario(api_key_for(owner)))


def test_a_page_whose_login_has_ended_is_disconnected(owner: User, settings: Any) -> None:
    settings.SOCKET_RECHECK_S = 0.05

    async def scenario(cookie: str) -> None:
        async with connected(headers={"cookie": cookie, **OUR_PAGE}) as client:
            await is_welcome(client, owner)
            await in_thread(new_password)(owner)
            assert await client.close_code() == 4401

    run(scenario(cookie_of(owner)))


def test_the_number_of_sockets_of_one_user_is_limited(owner: User, settings: Any) -> None:
    settings.SOCKETS_PER_USER = 1
    token = token_of(owner)

    async def scenario() -> None:
        async with connected(owner), connected() as second:
            answer = await second.ask(type="auth", token=token)
            assert (answer["code"], answer["details"]) == ("RATE_LIMIT_EXCEEDED", {"limit": 1})
            assert await second.close_code() == 4429
        async with connected(owner):
            """A place that was left is free again."""

    run(scenario())
