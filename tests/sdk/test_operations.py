"""Every operation of the OpenAPI document has a method in both packages, or a reason for none."""

import asyncio
import contextlib
import inspect
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from lumiku import AsyncBackgroundRemoverClient, BackgroundRemoverClient, LumikuError, RetryPolicy
from lumiku.calls import Call, Listing

from tests.sdk.scripted import Answer, Scripted
from tests.sdk.test_requests import fine

# Paths without a method, as patterns, with the reason.
LEFT_OUT = {
    r"/v1/admin/.*": "for operators, who have the admin",
    r"/v1/background-remover/admin/.*": "for operators, who have the admin",
    r"/v1/auth/(?!me$).*": "log-in, passwords and keys of a person, who has the dashboard",
    r"/v1/background-remover/try": "the landing page's box, without an account",
    r"/v1/background-remover/uploads/\{upload_id}/file": "signed addresses that are handed out",
    r"/v1/integrations/webhook-deliveries.*": "former address of /v1/webhooks/deliveries",
    r"/v1/pricing/calculate": "another address of /v1/background-remover/pricing/calculate",
}
# Values of arguments for which a text is not enough.
ARGUMENTS = {
    "images": [b"one", b"two"],
    "tier": "basic",
    "image_count": 2,
    "urls": ["https://example.com/1.jpg", "https://example.com/2.jpg"],
    "upload_ids": ["x", "y"],
    "options": {},
    "changes": {"lowCreditThreshold": 5},
}
NOT_FOUND = Answer(404, b"{}")
PRESET = {
    "name": "shop",
    "title": "Shop",
    "builtIn": False,
    "options": {"crop": True},
    "source": None,
    "updatedAt": "2026-12-01T00:00:00Z",
}


def operations() -> set[tuple[str, str]]:
    """Method and path of what a package has to offer."""
    paths = Client().get("/v1/schema?format=json").json()["paths"]
    return {
        (method.upper(), path)
        for path, found in paths.items()
        for method in found
        if method in ("get", "post", "put", "patch", "delete")
        and not any(re.fullmatch(pattern, path) for pattern in LEFT_OUT)
    }


def lacking(asked: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The operations to which none of the requests belongs."""
    return {
        (method, path)
        for method, path in operations()
        if not any(
            method == m and re.fullmatch(re.sub(r"\{\w+}", "[^/]+", path), p.partition("?")[0])
            for m, p in asked
        )
    }


@pytest.fixture
def once(server: Scripted) -> Iterator[BackgroundRemoverClient]:
    """A client of a server that knows nothing."""
    server.answers = [NOT_FOUND]
    policy = RetryPolicy(retries=0)
    with BackgroundRemoverClient("lk_x", base_url=server.url, retry=policy) as client:
        yield client


def call_all(target: Any) -> None:
    """Call each public method once, with whatever arguments it needs."""
    for name in dir(target):
        found = inspect.getattr_static(target, name)
        is_method = inspect.isfunction(found) or isinstance(found, (Call, Listing))
        if name.startswith("_") or not is_method or name == "close":
            continue
        parameters = list(inspect.signature(inspect.unwrap(found)).parameters.values())[1:]
        needed = {
            one.name: ARGUMENTS.get(one.name, "x")
            for one in parameters
            if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
        }
        with contextlib.suppress(LumikuError):
            result = getattr(target, name)(**needed)
            if inspect.isgenerator(result):
                list(result)


def test_the_python_package_has_a_method_for_every_operation(
    server: Scripted,
    once: BackgroundRemoverClient,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    call_all(once)
    call_all(once.batch("batch_1"))
    with contextlib.suppress(LumikuError):
        once.start_batch([b"one", b"two"], tier="basic", uploads=True)
    assert lacking({(asked.method, asked.path) for asked in server.asked}) == set()


def test_a_reason_for_having_no_method_belongs_to_an_operation() -> None:
    paths = Client().get("/v1/schema?format=json").json()["paths"]
    for pattern in LEFT_OUT:
        assert any(re.fullmatch(pattern, path) for path in paths), pattern


def test_an_answer_is_decoded_by_both_clients(server: Scripted) -> None:
    async def ask() -> Any:
        async with AsyncBackgroundRemoverClient("k", base_url=server.url) as client:
            return await client.presets()

    server.answers = [fine({"presets": [PRESET], "maxPresets": 50})]
    with BackgroundRemoverClient("k", base_url=server.url) as client:
        [preset] = client.presets()
    assert (preset.name, preset.options) == ("shop", {"crop": True})
    assert preset.updated_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert asyncio.run(ask()) == [preset]


def pages(name: str) -> list[Answer]:
    """Two pages of a listing, without entries."""
    return [fine({name: [], "pagination": {"page": page, "hasNext": page == 1}}) for page in (1, 2)]


@pytest.mark.parametrize(
    ("method", "name"), [("invoices", "invoices"), ("webhook_deliveries", "deliveries")]
)
def test_a_listing_asks_for_all_pages_with_both_clients(
    method: str, name: str, server: Scripted
) -> None:
    async def ask() -> list[Any]:
        async with AsyncBackgroundRemoverClient("k", base_url=server.url) as client:
            return [one async for one in getattr(client, method)()]

    server.answers = [*pages(name), *pages(name)]
    with BackgroundRemoverClient("k", base_url=server.url) as client:
        assert list(getattr(client, method)()) == []
    assert asyncio.run(ask()) == []
    queries = [asked.path.partition("?")[2] for asked in server.asked]
    assert queries == ["limit=100", "limit=100&page=2"] * 2


def test_a_listing_is_narrowed_by_names_of_python(
    server: Scripted, once: BackgroundRemoverClient
) -> None:
    with contextlib.suppress(LumikuError):
        list(once.webhook_deliveries(batch_id="batch_1"))
    assert server.asked[0].path.endswith("/webhooks/deliveries?limit=100&batchId=batch_1")


def test_what_is_not_given_is_not_sent(server: Scripted, once: BackgroundRemoverClient) -> None:
    with contextlib.suppress(LumikuError):
        once.change_webhook_endpoint("hook_1", active=False)
    assert json.loads(server.asked[-1].body) == {"active": False}
    with contextlib.suppress(LumikuError):
        once.change_billing_settings({"spendingCap": None})
    assert json.loads(server.asked[-1].body) == {"spendingCap": None}


def test_what_costs_something_has_a_key(server: Scripted, once: BackgroundRemoverClient) -> None:
    for begin in (once.remove_avatars, once.remove_slides, once.remove_pose):
        with contextlib.suppress(LumikuError):
            begin("x", tier="basic")
    for order in (once.subscribe, once.checkout):
        with contextlib.suppress(LumikuError):
            order("x")
    assert all(asked.headers.get("idempotency-key") for asked in server.asked)
    assert len(server.asked) == 5
