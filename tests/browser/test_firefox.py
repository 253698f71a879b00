"""The five main flows of the dashboard in Firefox; Chromium's tests look at the details."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import firefox
from tests.browser.firefox import Firefox, Tab
from tests.browser.pictures import CAT, photos
from tests.browser.service import PASSWORD, Customer, Service
from tests.programs import require

NEW = "an entirely new pass phrase 43"
pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Firefox]:
    with firefox.running(require("firefox-esr")["firefox-esr"]) as running:
        yield running


@pytest.fixture
def tab(browser: Firefox, service: Service) -> Iterator[Tab]:
    """An empty profile. Fails at the end if a page reported a problem or asked elsewhere."""
    opened = Tab(browser, service.url, service.access["paymentsUrl"])
    yield opened
    assert opened.problems == []


def sign_in(tab: Tab, service: Service, customer: Customer, after: str) -> None:
    tab.open(f"{service.url}/sign-in?next={after}")
    tab.fill("#email", customer.email)
    tab.fill("#password", customer.password)
    tab.click("main form button", "Sign in")
    tab.arrive(after)


def test_sign_up_sign_out_and_in_with_a_new_password(tab: Tab, service: Service) -> None:
    address = "firefox@example.com"
    tab.open(f"{service.url}/sign-up")
    tab.fill("[name=email]", address)
    tab.fill("[name=password]", PASSWORD)
    tab.click("main form button.button-primary")
    tab.arrive("/app")
    tab.click("[popovertarget=account-menu]")
    tab.click("#sign-out")
    tab.wait("() => location.pathname === '/' && document.readyState === 'complete'")
    tab.open(f"{service.url}/forgot")
    tab.fill("[name=email]", address)
    tab.click("main form button")
    tab.see("a mail is on its way")
    tab.open(service.link_to(address))
    tab.fill("[name=newPassword]", NEW)
    tab.click("main form button")
    tab.see("The new password is set")
    sign_in(tab, service, Customer(address, NEW, ""), "/app/jobs")
    tab.see("No pictures yet")


def test_a_photo_becomes_a_cut_out(tab: Tab, service: Service, customer: Customer) -> None:
    sign_in(tab, service, customer, "/app")
    tab.click("label", "Basic")
    tab.choose_files("#photo", [CAT])
    tab.see("3 credits", "#result-facts")
    address = tab.wait("() => document.querySelector('#download').href")
    with Image.open(io.BytesIO(tab.fetched(address))) as result:
        assert result.size == (451, 300)
        assert result.getchannel("A").getextrema() == (0, 255)


def test_a_batch_becomes_a_zip(
    tab: Tab, service: Service, customer: Customer, tmp_path: Path
) -> None:
    sign_in(tab, service, customer, "/app/batches/new")
    tab.click("label", "Basic")
    tab.choose_files("#file-input", photos(tmp_path, 3))
    tab.click("#start", "3 images")
    tab.arrive("/app/batches/batch_")
    tab.see("Download ZIP", "#batch-actions")
    address = tab.run("() => document.querySelector('#batch-actions a.button-primary').href")
    with zipfile.ZipFile(io.BytesIO(tab.fetched(address))) as archive:
        assert len(archive.namelist()) >= 3


def test_credits_are_bought(tab: Tab, service: Service, customer: Customer) -> None:
    sign_in(tab, service, customer, "/app/billing")
    tab.see("Starter", "#plans")
    tab.click("#packs button", "10.000")
    tab.click("button", "Pay")
    tab.arrive("/app/billing")
    tab.see("100 credits were added", "#billing-notice")
    tab.see("5,100", "#balance")


def test_a_key_is_made_shown_once_and_revoked(
    tab: Tab, service: Service, customer: Customer
) -> None:
    sign_in(tab, service, customer, "/app/developers")
    tab.click("button", "New key")
    tab.fill("dialog[open] [name=name]", "Shop")
    tab.click("dialog[open] button.button-primary")
    tab.see("lmk_live_", "dialog[open]")
    tab.open(f"{service.url}/app/developers")
    tab.see("Shop")
    tab.click("button", "Revoke")
    tab.click("dialog[open] button", "Revoke")
    tab.wait("() => !document.querySelector('main').innerText.includes('Shop')")
