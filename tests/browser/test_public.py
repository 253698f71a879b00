"""The landing page and the status page in a real browser."""

import pytest
from playwright.sync_api import expect

from benchmarks.pages import transferred
from sandbox.application import ROOT
from tests.browser.service import Customer
from tests.browser.visits import LOOKS, Visit

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)
PHOTO = ROOT / "samples" / "chelsea.jpg"


def test_a_visitor_tries_a_photo(visit: Visit) -> None:
    page = visit.page
    visit.open("/")
    expect(page.get_by_text("Rp")).not_to_have_count(0)
    expect(page.locator("#price .figure")).to_have_text("Rp\N{NO-BREAK SPACE}72.000")
    visit.check("landing")
    page.set_input_files("#try-file", PHOTO)
    expect(page.get_by_role("link", name="Download the preview")).to_be_visible()
    visit.check("landing-tried")


@desktop
@pytest.mark.parametrize("path", ["/", "/app"])
def test_a_page_transfers_less_than_150_kb_without_pictures(
    visit: Visit, customer: Customer, path: str
) -> None:
    if path != "/":
        visit.sign_in(customer, "/robots.txt")
    # Nothing comes from the cache of the page before.
    fresh = visit.page.context.new_page()
    fresh.context.new_cdp_session(fresh).send("Network.clearBrowserCache")
    assert 20_000 < transferred(fresh, f"{visit.service.url}{path}") < 150_000


@desktop
def test_the_slider_works_by_keyboard(visit: Visit) -> None:
    visit.open("/")
    slider = visit.page.locator("before-after").first
    slider.get_by_role("slider").focus()
    for key in ("ArrowRight", "PageUp", "ArrowLeft"):
        visit.page.keyboard.press(key)
    assert slider.evaluate("slider => slider.position") == 70
    expect(slider.get_by_role("slider")).to_have_attribute("aria-valuetext", "70% before")
    visit.page.keyboard.press("Home")
    assert slider.evaluate("slider => slider.position") == 0


@desktop
def test_the_price_follows_the_number_and_the_tier(visit: Visit) -> None:
    page = visit.page
    visit.open("/")
    page.get_by_role("spinbutton", name="Photos").fill("201")
    page.get_by_role("radio", name="Industry").check()
    expect(page.locator("#price")).to_contain_text("4,020 credits")
    page.get_by_role("spinbutton", name="Photos").fill("501")
    expect(page.locator("#price")).to_contain_text("from 1 to 500")


@desktop
def test_what_is_no_photo_is_refused_kindly(visit: Visit) -> None:
    visit.open("/")
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"text"}
    visit.page.set_input_files("#try-file", text)  # type: ignore[arg-type]
    expect(visit.page.get_by_role("alert")).to_contain_text("not a photo")
    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": bytes(6 * 1024 * 1024)}
    visit.page.set_input_files("#try-file", large)  # type: ignore[arg-type]
    expect(visit.page.get_by_role("alert")).to_contain_text("Choose a smaller one")
    broken = {"name": "text.jpg", "mimeType": "image/jpeg", "buffer": b"text"}
    visit.page.set_input_files("#try-file", broken)  # type: ignore[arg-type]
    expect(visit.page.get_by_role("alert")).to_contain_text("image")
    visit.refused(400)
    visit.check("landing-refused")


def test_the_status_page(visit: Visit) -> None:
    visit.open("/status")
    expect(visit.page.get_by_text("Everything works")).to_be_visible()
    expect(visit.page.locator("#hours li")).to_have_count(24)
    visit.check("status")


def test_the_figures_of_an_account_are_on_every_page(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer)
    bar = visit.page.get_by_role("region", name="Your figures")
    expect(bar).to_contain_text("5,000")
    expect(bar).to_contain_text("none")
    visit.check("account-figures")
