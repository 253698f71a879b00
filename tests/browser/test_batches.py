"""Batches in a real browser: started, followed, downloaded."""

import io
import zipfile
from pathlib import Path

import psutil
import pytest
import urllib3
from playwright.sync_api import Route, expect

from tests.browser.batches import DONE_MS, begin, started
from tests.browser.conftest import NewVisit
from tests.browser.pictures import photos, small
from tests.browser.service import Customer, Service, until
from tests.browser.visits import LOOKS, Visit

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(500)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)


def test_a_folder_becomes_a_zip(visit: Visit, customer: Customer, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app/batches")
    expect(page.get_by_text("No batches yet")).to_be_visible()
    visit.check("batches-empty")
    page.get_by_role("link", name="Start the first batch").click()
    visit.check("batch-new-empty")
    photos(tmp_path / "shoes", 3)
    (tmp_path / "shoes" / ".DS_Store").write_bytes(b"clutter")
    (tmp_path / "shoes" / "notes.txt").write_text("not a picture")
    page.locator("#folder-input").set_input_files(tmp_path / "shoes")
    expect(page.get_by_role("heading", name="3 images")).to_be_visible()
    expect(page.locator("#refused")).to_contain_text("1 file was left out")
    expect(page.locator("#refused")).to_contain_text("shoes/notes.txt")
    expect(page.locator("#price")).to_contain_text("24 credits")
    expect(page.locator('.tile[data-drawn="yes"]')).to_have_count(3)
    ordered = [f"picture-{number:03d}.jpg" for number in range(3)]
    expect(page.locator(".tile-name")).to_have_text(ordered)
    visit.check("batch-new-files")
    page.get_by_role("button", name="Remove picture-001.jpg").click()
    expect(page.locator("#price")).to_contain_text("16 credits")
    page.get_by_label("Name").fill("Shoes of spring")
    page.locator('input[value="basic"]').check()
    expect(page.locator("#price")).to_contain_text("6 credits")
    begin(page)
    expect(page.get_by_role("heading", name="Shoes of spring")).to_be_visible()
    visit.check("batch-running")
    expect(page.get_by_role("link", name="Download ZIP")).to_be_visible(timeout=DONE_MS)
    expect(page.locator("#batch-state")).to_contain_text("6 credits")
    expect(page.locator(".item img")).to_have_count(2)
    visit.check("batch-finished")
    page.get_by_role("button", name="Compare picture-000.jpg").click()
    slider = page.get_by_role("slider")
    slider.fill("80")
    visit.check("batch-preview")
    page.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download ZIP").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert "removed-picture-000.png" in archive.namelist()
    page.get_by_role("link", name="All batches").click()
    expect(page.get_by_role("row", name="Shoes of spring")).to_contain_text("Finished")
    visit.check("batches")


@desktop
def test_the_list_is_searched_and_narrowed(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    first = started(visit.service, customer, small(tmp_path, 2))
    visit.service.call("POST", f"/background-remover/batch/{first}/cancel", {}, customer.token)
    visit.sign_in(customer, after="/app/batches?status=completed")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    visit.check("batches-nothing-found")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("row", name="Batch without a name")).to_be_visible()
    page.get_by_label("Search by name").fill("winter")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Search by name")).to_have_value("winter")
    expect(page.get_by_text("Nothing found")).to_be_visible()


@desktop
def test_a_preview_that_is_made_after_the_batch_has_ended_appears(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    batch = started(visit.service, customer, photos(tmp_path, 2))
    answers: list[int] = []

    def without_previews_at_first(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        if not answers:
            for item in body["data"]["items"]:
                item["previews"] = None
        answers.append(len(body["data"]["items"]))
        route.fulfill(response=answer, json=body)

    def all_have_previews() -> bool:
        listed = visit.service.call(
            "GET", f"/background-remover/batch/{batch}/items", token=customer.token
        )["items"]
        return all(item["previews"] for item in listed)

    until(all_have_previews)
    page.route("**/items?*", without_previews_at_first)
    visit.sign_in(customer, after=f"/app/batches/{batch}")
    expect(page.locator(".item img")).to_have_count(2)


@desktop
def test_a_batch_that_is_deleted_in_another_tab(
    visit: Visit, new_visit: NewVisit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    batch = started(visit.service, customer, small(tmp_path, 2))
    visit.sign_in(customer, after=f"/app/batches/{batch}")
    expect(page.locator("#items > li")).to_have_count(2)
    # The page of a batch that has ended looks for it, too.
    expect(page.locator("#batch-state")).to_contain_text("Finished2")
    visit.service.call("DELETE", f"/background-remover/batch/{batch}", token=customer.token)
    expect(page.locator("#batch-state")).to_contain_text("its files were deleted")
    visit.check("batch-deleted")
    other = new_visit()
    other.sign_in(visit.service.customer(), after=f"/app/batches/{batch}")
    expect(other.page.get_by_text("There is no such batch in your account")).to_be_visible()
    other.refused(404)
    other.check("batch-missing")


@desktop
def test_a_batch_is_followed_while_the_service_restarts(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    batch = started(visit.service, customer, photos(tmp_path, 6))
    visit.sign_in(customer, after=f"/app/batches/{batch}")
    expect(page.locator("#items > li")).to_have_count(6)
    kill_web(visit.service)
    until(lambda: is_up(visit.service))
    expect(page.get_by_role("link", name="Download ZIP")).to_be_visible(timeout=DONE_MS)
    expect(page.locator("#batch-state dd").first).to_have_text("6")
    page.reload()
    expect(page.get_by_role("link", name="Download ZIP")).to_be_visible()
    answer = page.request.get(f"{visit.service.url}/v1/background-remover/batch/{batch}/download")
    with zipfile.ZipFile(io.BytesIO(answer.body())) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 6
    visit.forgive("WebSocket", "ERR_CONNECTION", "ERR_EMPTY_RESPONSE")


def kill_web(service: Service) -> None:
    """Kill all web processes; the supervisor starts them again."""
    supervisor = psutil.Process(int((service.var / "up.lock").read_text().split()[0]))
    web = next(one for one in supervisor.children() if "uvicorn" in one.cmdline())
    for process in (web, *web.children(recursive=True)):
        process.kill()


def is_up(service: Service) -> bool:
    try:
        answer = urllib3.request("GET", f"{service.url}/health", retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == 200
