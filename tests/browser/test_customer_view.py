"""An operator looks at the dashboard as a customer sees it, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.history import customer_with_history
from tests.browser.service import Customer
from tests.browser.visits import LOOKS, Visit

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(500)]
PHONE_AND_DARK = pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]], ids=str)


@PHONE_AND_DARK
def test_look_and_stop(visit: Visit) -> None:
    page, service = visit.page, visit.service
    customer, batch = customer_with_history(service)
    operator = Customer(service.access["adminEmail"], service.access["adminPassword"], "")
    visit.sign_in(operator, "/app/account")
    who = service.call("GET", "/auth/me", token=customer.token)["id"]
    page.goto(f"{service.url}/admin/customers/{who}/")
    page.get_by_role("link", name="View dashboard as this customer").click()
    page.get_by_label("Reason").fill("Asked for help")
    page.get_by_role("button", name="View the dashboard").click()
    page.wait_for_url("**/app")
    banner = page.locator(".view-banner")
    expect(banner).to_contain_text(customer.email)
    visit.check("view-single")
    visit.open(f"/app/batches/{batch}")
    expect(page.locator(".item img")).to_have_count(2)
    expect(banner).to_contain_text("read only")
    visit.check("view-batch")
    visit.open("/app/developers")
    expect(page.get_by_role("heading", name="not part of the view")).to_be_visible()
    visit.check("view-developers")
    visit.open("/app/jobs")
    page.get_by_role("button", name="Delete cat.jpg").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#toasts")).to_contain_text("is read only")
    visit.refused(403)
    page.get_by_role("button", name="Stop").click()
    page.wait_for_url(f"**/admin/customers/{who}/")
    visit.open("/app/account")
    expect(page.locator("#account-menu .menu-title")).to_have_text(operator.email)
    expect(page.locator(".view-banner")).to_have_count(0)
