"""New batches in a real browser: files chosen, looked at, sent and resumed, or addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Response, Route, expect

from tests.browser.batches import DONE_MS, NEW, add, available, begin, sent
from tests.browser.pictures import CAT, handed_over, small
from tests.browser.service import Customer
from tests.browser.visits import LOOKS, Visit
from tests.removal.server import Reply, Seen, Server, serving

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(500)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)


@pytest.fixture
def site() -> Iterator[Server]:
    """A server with one picture, and one address that holds none."""

    def answer(request: Seen) -> Reply:
        found = request.path.startswith("/cat")
        return Reply(body=CAT.read_bytes()) if found else Reply(status=404)

    with serving(answer) as server:
        yield server


@desktop
@pytest.mark.parametrize("event", ["drop", "paste"])
def test_files_are_dropped_or_pasted(visit: Visit, customer: Customer, event: str) -> None:
    visit.sign_in(customer, after=NEW)
    assert handed_over(visit.page, event, count=3) is False
    expect(visit.page.locator(".tile")).to_have_count(3)
    expect(visit.page.locator("#price")).to_contain_text("24 credits")


@desktop
def test_a_batch_whose_files_are_sent_does_not_grow(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page, held, holding = visit.page, list[Route](), True

    def hold(route: Route) -> None:
        if holding:
            held.append(route)
        else:
            route.continue_()

    visit.sign_in(customer, after=NEW)
    page.on("dialog", lambda dialog: dialog.accept())
    add(page, small(tmp_path, 2))
    page.route("**/uploads/*/file?*", hold)
    with page.expect_request("**/uploads/*/file?*"):
        page.locator("#start").click()
    for event in ("drop", "paste"):
        assert handed_over(page, event) is False
    holding = False
    for route in held:
        route.continue_()
    page.wait_for_url("**/app/batches/batch_*")
    expect(page.locator(".tile")).to_have_count(2)


@desktop
def test_files_that_cannot_be_used_are_left_out_with_a_reason(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    text, large, empty = (tmp_path / name for name in ("text.jpg", "large.png", "empty.jpg"))
    text.write_text("no picture, whatever its name says")
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024**2))
    empty.write_bytes(b"")
    add(page, [text, large, empty, *small(tmp_path, 2)])
    refused = page.locator("#refused")
    expect(refused).to_contain_text("3 files were left out")
    expect(refused).to_contain_text("text.jpg Not a picture that can be used")
    expect(refused).to_contain_text("large.png Too large: 20 MB. At most 10 MB")
    expect(refused).to_contain_text("empty.jpg The file is empty")
    expect(page.locator("#price")).to_contain_text("16 credits")
    visit.check("batch-new-refused")


@desktop
def test_five_hundred_files_and_no_more_with_few_of_them_in_the_page(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    add(page, small(tmp_path, 501))
    expect(page.get_by_role("heading", name="500 images")).to_be_visible()
    expect(page.locator("#refused")).to_contain_text("at most 500 images")
    expect(page.locator("#price")).to_contain_text("Volume discount 20%")
    most = 0
    for at in range(0, 20_000, 1000):
        page.evaluate(f"scrollTo(0, {at})")
        page.evaluate("new Promise(requestAnimationFrame)")
        most = max(most, page.locator("#tiles > li").count())
    assert 0 < most <= 60
    assert page.evaluate("document.querySelectorAll('canvas').length") <= 60
    visit.check("batch-new-500")


@desktop
def test_files_are_sent_four_at_a_time_and_resumed_after_a_cut(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    files = small(tmp_path, 500)
    visit.sign_in(customer, after=NEW)
    page.on("dialog", lambda dialog: dialog.accept())
    add(page, files)
    expect(page.get_by_role("heading", name="500 images")).to_be_visible()
    open_now: set[str] = set()
    together = 0
    arrived: list[str] = []

    def hold(route: Route) -> None:
        nonlocal together
        open_now.add(route.request.url)
        together = max(together, len(open_now))
        if len(arrived) >= 40:
            return
        route.continue_()

    def ended(response: Response) -> None:
        if response.url in open_now:
            open_now.discard(response.url)
            arrived.append(response.url)

    page.on("response", ended)
    page.route("**/uploads/*/file?*", hold)
    page.locator("#start").click()
    expect(page.locator("#sending")).to_contain_text("of 500 images sent")
    page.wait_for_function("() => /^4\\d of/.test(document.querySelector('#sending')?.innerText)")
    visit.check("batch-new-sending")
    assert together == 4
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("#resume")).to_contain_text("from an earlier visit")
    visit.check("batch-new-resume")
    add(page, files)
    expect(page.get_by_role("heading", name="500 images")).to_be_visible()
    expect(page.locator("#resume")).to_be_hidden()
    again = sent(page)
    page.locator('input[value="basic"]').check()
    begin(page)
    assert len(again) <= 500 - len(arrived)
    expect(page.locator("#batch-state")).to_contain_text("500 images")
    expect(page.locator("#items > li")).to_have_count(48)
    page.get_by_role("button", name="Stop").click()
    visit.check("batch-stop-dialog")
    page.get_by_role("button", name="Stop the batch").click()
    expect(page.locator(".badge-warning").first).to_be_visible(timeout=DONE_MS)
    # The form of a batch that was stopped is empty again.
    page.go_back()
    expect(page.get_by_role("button", name="Add at least two images")).to_be_visible()


@desktop
def test_a_lost_connection_is_waited_for(visit: Visit, customer: Customer, tmp_path: Path) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    add(page, small(tmp_path, 8))
    # The connection is lost with the third file under way.
    paths: list[str] = []

    def cut(route: Route) -> None:
        paths.append(route.request.url)
        if len(paths) == 3:
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/uploads/*/file?*", cut)
    page.locator("#start").click()
    expect(page.get_by_text("No connection.")).to_be_visible()
    visit.check("batch-new-offline")
    page.context.set_offline(False)
    page.wait_for_url("**/app/batches/batch_**")
    expect(page.locator("#batch-state")).to_contain_text("8 images")
    visit.forgive("ERR_INTERNET_DISCONNECTED")


@desktop
def test_a_login_that_ends_in_the_middle_loses_nothing(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    add(page, small(tmp_path, 3))
    expect(page.locator("#price")).to_contain_text("24 credits")
    page.context.clear_cookies(name="sessionid")
    page.locator("#start").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Sign in again")
    visit.check("batch-new-signed-out")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("E-mail address").fill(customer.email)
    other.get_by_label("Password").fill(customer.password)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/app**")
    other.close()
    page.wait_for_url("**/app/batches/batch_**")
    expect(page.locator("#batch-state")).to_contain_text("3 images")
    assert {status for status, _ in visit.failures} == {401}
    visit.failures.clear()


@desktop
def test_too_few_credits_are_told_before_anything_is_sent(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    add(page, small(tmp_path, 300))
    page.locator('input[value="industry"]').check()
    expect(page.locator("#price")).to_contain_text("1,000 too few")
    paths = sent(page)
    page.locator("#start").click()
    error = page.locator("[data-errors]")
    expect(error).to_contain_text("This batch costs 6,000 credits, and you have 5,000")
    expect(error.get_by_role("link", name="Buy credits")).to_be_visible()
    visit.check("batch-new-no-credits")
    assert paths == []
    assert available(visit.service, customer) == 5000


@desktop
def test_addresses_are_checked_by_line_and_fetched(
    visit: Visit, customer: Customer, site: Server, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    page.locator('input[value="addresses"]').check()
    listed = tmp_path / "list.csv"
    rows = [f"{site.url}/cat?1,a.jpg", "nonsense,b.jpg", f"{site.url}/cat?1,c.jpg"]
    rows += [f"{site.url}/cat?2,d.jpg", f"{site.url}/gone,e.jpg"]
    listed.write_text("\n".join(["url,filename", *rows]))
    page.locator("#csv-input").set_input_files(listed)
    preview = page.locator("#address-preview")
    expect(preview).to_contain_text("2 lines are left out")
    expect(preview.get_by_role("row", name="3 nonsense")).to_contain_text("Not an address")
    expect(preview).to_contain_text("The same address as in line 2")
    visit.check("batch-new-addresses")
    page.get_by_role("button", name="Fetch 3 images").click()
    expect(page.locator('.tile[data-state="uploaded"]')).to_have_count(2)
    failed = page.locator('.tile[data-state="failed"]')
    expect(failed).to_contain_text("status 404")
    expect(page.locator("#price")).to_contain_text("16 credits")
    visit.check("batch-new-fetched")
    begin(page)
    expect(page.locator(".item .tile-name")).to_have_text(["a.jpg", "d.jpg"])


@desktop
def test_two_tabs_do_not_take_each_others_files(
    visit: Visit, customer: Customer, tmp_path: Path
) -> None:
    page = visit.page
    visit.sign_in(customer, after=NEW)
    files = small(tmp_path, 3)
    page.route("**/background-remover/batch", lambda route: None)
    add(page, files)
    page.locator("#start").click()
    expect(page.locator('.tile[data-state="uploaded"]')).to_have_count(3)
    other = page.context.new_page()
    with other.expect_response("**/background-remover/uploads?*"):
        other.goto(f"{visit.service.url}{NEW}")
    expect(other.get_by_text("The price appears here")).to_be_visible()
    expect(other.locator("#resume")).to_be_hidden()
    other.close()
