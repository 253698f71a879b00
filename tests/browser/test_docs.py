"""The forms of /docs in Chromium: fill in what is required and execute, as a visitor does.

All of them are tried by `--long`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from django.test import Client
from playwright.sync_api import Locator, Page

from accounts.models import User
from tests.accounts.factories import bearer
from tests.batches.factories import started, worked
from tests.batches.web import serving
from tests.browser import chromium
from tests.programs import require
from tests.removal.conftest import media, owner
from tests.removal.factories import completed, photo, working

__all__ = ["media", "owner"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]

# What an untouched form, with its files chosen, has to achieve.
WORKS = {
    "removeBackground": 200,
    "listJobs": 200,
    "getJob": 200,
    "startBatch": 201,
    "listBatches": 200,
    "getBatch": 200,
    "listBatchItems": 200,
    "announceUploads": 201,
    "eraseJob": 200,
    "eraseBatch": 200,
}
WORKING_PATHS = {
    ("post", "/v1/pricing/calculate"): 200,
    ("get", "/v1/billing/credits"): 200,
    ("get", "/v1/billing/ledger"): 200,
    ("get", "/v1/billing/packs"): 200,
    ("get", "/v1/auth/me"): 200,
    ("get", "/v1/auth/api-keys"): 200,
    ("post", "/v1/auth/api-keys"): 201,
    ("post", "/v1/auth/register"): 201,
    ("get", "/v1/background-remover/stats"): 200,
    ("get", "/v1/background-remover/subscription"): 200,
}
# These end the login or the objects that the others need.
LAST = ("erase", "delete", "logout", "password_change", "eraseAccount")


@pytest.fixture
def url(media: Path, tmp_path: Path, settings: Any) -> Iterator[str]:
    """A web process of its own, whose limits no visitor reaches."""
    require("chromium")
    limits = {f"RATE_LIMIT_{name.upper()}": "10000/60/5000" for name in settings.RATE_LIMITS}
    with serving(media, tmp_path / "tmp", **limits) as web:
        yield f"http://127.0.0.1:{web.port}"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shoe.jpg"
    path.write_bytes(photo())
    return path


@pytest.fixture
def known(owner: User) -> dict[str, str]:
    """Values for the parameters of paths."""
    batch = worked(started(owner))
    return {
        "job_id": completed(owner).public_id,
        "batch_id": batch.public_id,
        "version": "2",
    }


def document(url: str) -> dict[str, Any]:
    found: dict[str, Any] = urllib3.request("GET", f"{url}/v1/schema?format=json").json()
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation; what ends the login comes last."""
    found = [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    yield from sorted(found, key=lambda one: _rank(one[2]["operationId"]))


def tried(schema: dict[str, Any], *, every: bool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation, or those that have to succeed and the first of each group."""
    groups = set()
    for method, path, operation in operations(schema):
        has_to_succeed = operation["operationId"] in WORKS or (method, path) in WORKING_PATHS
        if every or has_to_succeed or operation["tags"][0] not in groups:
            groups.add(operation["tags"][0])
            yield method, path, operation


def _rank(operation_id: str) -> int:
    ranks = [rank for rank, word in enumerate(LAST, 1) if word in operation_id]
    return max(ranks, default=0)


def log_in(page: Page, authorization: str) -> None:
    page.locator(".auth-wrapper .authorize").first.click()
    bearer = page.locator(".dialog-ux .auth-container", has_text="(http, Bearer)")
    bearer.locator("input").fill(authorization.removeprefix("Bearer "))
    bearer.locator("button.authorize").click()
    page.locator(".dialog-ux .close-modal").click()


def block_of(page: Page, operation: dict[str, Any]) -> Locator:
    tag = operation["tags"][0].replace(" ", "_")
    return page.locator(f'[id="operations-{tag}-{operation["operationId"]}"]')


def fill_in(block: Locator, known: dict[str, str], picture: Path) -> None:
    """The parameters of the path, and the files; everything else stays as it is."""
    for name, value in known.items():
        field = block.locator(f'tr[data-param-name="{name}"] input')
        if field.count():
            field.fill(value)
    for row in block.locator('tr[data-param-in="path"]').all():
        if not row.locator("input").input_value():
            row.locator("input").fill("unknown_1")
    images = block.locator('tr[data-property-name="images"]')
    for number in range(2 * images.count()):
        images.locator(".json-schema-form-item-add").click()
        images.locator("input[type=file]").nth(number).set_input_files(picture)
    for name in ("image",):
        field = block.locator(f'tr[data-property-name="{name}"] input[type=file]')
        if field.count():
            field.set_input_files(picture)
    body = block.locator(".opblock-section-request-body > * > input[type=file]")
    if body.count():
        body.set_input_files(picture)


def execute(block: Locator) -> tuple[int, str]:
    """The status and the body of the answer."""
    block.locator("button.execute").click()
    answer = block.locator(".live-responses-table .response").first
    answer.wait_for()
    status = answer.locator(".response-col_status").inner_text().split()[0]
    return int(status), answer.inner_text()


def test_forms_can_be_executed_as_they_stand(
    url: str, owner: User, known: dict[str, str], picture: Path, pytestconfig: pytest.Config
) -> None:
    every = bool(pytestconfig.getoption("long"))
    authorization, schema = bearer(owner), document(url)
    problems, answered = [], {}
    with working(), chromium.page() as page:
        page.goto(f"{url}/docs")
        page.wait_for_selector(".opblock")
        log_in(page, authorization)
        for method, path, operation in tried(schema, every=every):
            block = block_of(page, operation)
            block.locator(".opblock-summary-control").click()
            block.locator(".try-out__btn").click()
            fill_in(block, known, picture)
            status, text = execute(block)
            answered[operation["operationId"]] = status
            wanted = WORKS.get(operation["operationId"], WORKING_PATHS.get((method, path)))
            if wanted and status != wanted:
                problems.append(f"{method} {path}: {status} instead of {wanted}: {text[:300]}")
            elif str(status) not in operation["responses"]:
                problems.append(f"{method} {path}: {status} is not documented: {text[:300]}")
            block.locator(".opblock-summary-control").click()
    assert not problems, "\n".join(problems)
    assert len(answered) > (40 if every else 20)


def test_optional_fields_of_a_form_begin_empty(url: str) -> None:
    with chromium.page() as page:
        page.goto(f"{url}/docs")
        block = page.locator('[id="operations-Background_removal-removeBackground"]')
        block.locator(".opblock-summary-control").click()
        block.locator(".try-out__btn").click()
        rows = block.locator(".opblock-section-request-body tr.parameters")
        rows.first.wait_for()
        values = {
            row.get_attribute("data-property-name"): row.locator(
                "input, select"
            ).first.input_value()
            for row in rows.all()
        }
    assert values.pop("tier") == "basic"
    assert len(values) > 10
    assert set(values.values()) == {""}


def test_the_schema_is_an_example_of_nothing_but_values(client: Client) -> None:
    """Swagger UI shows a type's name where a body has no example."""
    bodies = {
        (method, path): content
        for path, methods in client.get("/v1/schema?format=json").json()["paths"].items()
        for method, operation in methods.items()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    }
    assert [where for where, content in bodies.items() if not content.get("examples")] == []
    assert '"string"' not in json.dumps([content["examples"] for content in bodies.values()])
