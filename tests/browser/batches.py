"""Shared helpers of the browser tests of batches."""

from pathlib import Path

import urllib3
from playwright.sync_api import Page, Request

from tests.browser.service import Customer, Service

NEW = "/app/batches/new"
# A batch of a few pictures, on a machine with much else to do.
DONE_MS = 240_000


def add(page: Page, files: list[Path]) -> None:
    page.locator("#file-input").set_input_files(files)


def begin(page: Page) -> str:
    """Start the batch and follow it to its page; returns its identifier."""
    page.locator("#start").click()
    page.wait_for_url("**/app/batches/batch_**", timeout=DONE_MS)
    return page.url.rsplit("/", 1)[-1]


def started(service: Service, customer: Customer, files: list[Path]) -> str:
    """A batch that was started over the API."""
    form = [("images", (path.name, path.read_bytes(), "image/jpeg")) for path in files]
    answer = urllib3.request(
        "POST",
        f"{service.url}/v1/background-remover/batch",
        fields=[("tier", "basic"), *form],
        headers={"Authorization": f"Bearer {customer.token}"},
    )
    assert answer.status == 201, answer.data
    return str(answer.json()["data"]["batchId"])


def available(service: Service, customer: Customer) -> int:
    return int(service.call("GET", "/billing/credits", token=customer.token)["available"])


def sent(page: Page) -> list[str]:
    """The paths of the files that are sent from now on."""
    paths: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PUT":
            paths.append(request.url)

    page.on("request", note)
    return paths
