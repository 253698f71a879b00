"""Pictures of the dashboard's pages and states in both themes and widths, to be looked at.

`python -m pytest tests/browser/screenshots.py` writes them to var/screenshots; no other run
collects this file. A name that ends with `-id` is in Indonesian. What pages have to do is tested
elsewhere.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser import service as services
from tests.browser.history import blank, customer_with_history, start_batch
from tests.browser.pictures import CAT
from tests.browser.service import Customer, Service, until
from tests.browser.test_every_page import OPEN, PRIVATE
from tests.browser.visits import LOOKS, SCREENSHOTS
from tests.programs import require

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]
# Enough for the history of a customer, and too few for one picture of the highest quality.
CREDITS = "20"
_DONE_MS = 120_000
_PICTURES = [*(("en-GB", look) for look in LOOKS), ("id", LOOKS[0]), ("id", LOOKS[3])]


class Album:
    """The pictures of one look and language."""

    def __init__(self, page: Page, service: Service, suffix: str) -> None:
        self.page, self.service, self.suffix = page, service, suffix

    def open(self, path: str, name: str) -> None:
        self.page.goto(f"{self.service.url}{path}", wait_until="networkidle")
        self.keep(name)

    def keep(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{self.suffix}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")

    def sign_in(self, customer: Customer) -> None:
        self.page.context.clear_cookies(name="sessionid")
        self.page.goto(f"{self.service.url}/sign-in")
        self.page.locator("[name=email]").fill(customer.email)
        self.page.locator("[name=password]").fill(customer.password)
        self.page.locator("main form button.button-primary").click()
        self.page.wait_for_url("**/app**")


class History:
    """The customers whose pages are shown: one with history."""

    def __init__(self, service: Service) -> None:
        self.known, self.batch = customer_with_history(service)
        self.partly = start_batch(service, self.known, {"cat.jpg": _cat(8), "wall.png": blank()})
        path = f"/background-remover/batch/{self.partly}"
        until(lambda: service.call("GET", path, token=self.known.token)["status"] == "completed")


def _cat(number: int) -> bytes:
    # What follows the end of a JPEG is no part of the picture.
    return CAT.read_bytes() + bytes([number])


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    require("chromium")
    with services.running(SIGNUP_BONUS_CREDITS=CREDITS) as running:
        yield running


@pytest.fixture(scope="module")
def history(service: Service) -> History:
    return History(service)


@pytest.fixture(params=_PICTURES, ids=lambda one: f"{one[1]}-{one[0]}")
def album(request: pytest.FixtureRequest, browser: Browser, service: Service) -> Iterator[Album]:
    language, look = request.param
    context = browser.new_context(
        color_scheme=look.theme,
        viewport={"width": look.width, "height": 844 if look.width < 600 else 800},
        locale=language,
    )
    context.set_default_timeout(30_000)
    yield Album(context.new_page(), service, f"{look}-id" if language == "id" else str(look))
    context.close()


def test_open_pages(album: Album) -> None:
    for address in OPEN:
        album.open(address, f"page{address.replace('/', '-')}")
    album.open("/no-such-page", "404")
    album.open("/v1/mail/unsubscribe?token=x.y", "unsubscribe-expired")
    album.open("/sign-in", "sign-in")
    album.page.locator("main form button.button-primary").click()
    album.keep("sign-in-empty-fields")


def test_pages_with_history(album: Album, history: History) -> None:
    album.sign_in(history.known)
    for address in PRIVATE:
        name = address.replace("/", "-").format("one")
        album.open(address.format(history.batch), f"known{name}")
    album.open(f"/app/batches/{history.partly}", "batch-partly-failed")
    album.page.locator(".tile-open").first.click()
    album.page.locator("dialog img").first.wait_for()
    album.keep("batch-preview")
    album.open("/app/batches/batch_00000000000000000000000000", "batch-missing")
    album.open("/app/jobs?search=nothing", "jobs-no-match")


def test_new_customer(album: Album) -> None:
    customer = album.service.customer()
    album.sign_in(customer)
    for address in PRIVATE:
        if "{}" not in address:
            album.open(address, f"new{address.replace('/', '-')}")


def test_batches(album: Album) -> None:
    customer = album.service.customer()
    album.sign_in(customer)
    page = album.page
    album.open("/app/batches/new", "batch-new")
    text = {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    cats = [_file(f"cat-{number}.jpg", _cat(number)) for number in range(8)]
    page.set_input_files("#file-input", [text, *cats])  # type: ignore[arg-type]
    # A narrow window shows fewer tiles than there are files.
    page.locator('.tile[data-drawn="yes"]').nth(3).wait_for()
    page.locator('input[value="industry"]').check()
    album.keep("batch-new-files-too-few-credits")
    page.locator("#start").click()
    page.locator("[data-errors] .notice").wait_for()
    album.keep("batch-new-no-credits")
    running = start_batch(album.service, customer, {f"{n}.jpg": _cat(n) for n in range(2)})
    album.open(f"/app/batches/{running}", "batch-just-started")
    page.locator("#batch-actions a.button-primary").wait_for(timeout=_DONE_MS)
    album.keep("batch-ended")
    album.service.call("DELETE", f"/background-remover/batch/{running}", token=customer.token)
    album.open(f"/app/batches/{running}", "batch-deleted")


def test_single(album: Album) -> None:
    page = album.page
    album.sign_in(album.service.customer())
    album.open("/app", "single")
    page.set_input_files("#photo", _file("x.jpg", b"no picture"))  # type: ignore[arg-type]
    _seen(page.locator("#start-problem"))
    album.keep("single-wrong-file")
    page.check("input[name=tier][value=basic]")
    page.set_input_files("#photo", _file("wall.png", blank()))  # type: ignore[arg-type]
    _seen(page.locator("#failed"))
    album.keep("single-no-subject")
    page.goto(f"{album.service.url}/app", wait_until="networkidle")
    page.check("input[name=tier][value=industry]")
    page.set_input_files("#photo", CAT)
    _seen(page.locator("#failed"))
    album.keep("single-no-credits")
    page.goto(f"{album.service.url}/app", wait_until="networkidle")
    page.check("input[name=tier][value=basic]")
    page.set_input_files("#photo", CAT)
    _seen(page.locator("#download"))
    page.wait_for_load_state("networkidle")
    album.keep("single-result")
    page.locator("#out-preset").select_option("amazon")
    album.keep("single-preset")
    page.locator("#bad").click()
    album.keep("single-bad-result")
    page.locator("dialog button").first.click()
    page.locator("#mend").click()
    _seen(page.locator(".mask-frame"))
    page.wait_for_load_state("networkidle")
    album.keep("single-brush")


def test_developers(album: Album) -> None:
    page = album.page
    album.sign_in(album.service.customer())
    album.open("/app/developers", "developers")
    page.locator("main button.button-primary").first.click()
    album.keep("developers-key-form")


def test_billing(album: Album) -> None:
    page = album.page
    album.sign_in(album.service.customer())
    album.open("/app/billing", "billing")
    page.locator("#plans button").first.click()
    # Stripe's page, which is English always.
    page.get_by_label("Card").wait_for()
    album.keep("payment")
    page.get_by_label("Card").select_option("pm_card_chargeDeclined")
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("alert").wait_for()
    album.keep("payment-declined")
    page.get_by_label("Card").select_option("pm_card_visa")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/app/billing**")
    page.wait_for_load_state("networkidle")
    page.locator("#billing-notice .notice").wait_for()
    album.keep("billing-with-plan")


def _file(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def _seen(found: Locator) -> None:
    found.wait_for(state="visible", timeout=_DONE_MS)
