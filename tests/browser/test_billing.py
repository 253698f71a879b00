"""Billing and developers in a real browser: plans, cards, credits, limits, keys and webhooks."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewVisit
from tests.browser.service import Customer, until
from tests.browser.visits import LOOKS, Visit

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)
PHONE = pytest.mark.parametrize("look", [LOOKS[0]], ids=str)


@pytest.fixture
def billing(visit: Visit, customer: Customer) -> Visit:
    """A customer on the billing page, who may go to the payment pages."""
    visit.allowed.add(visit.service.access["paymentsUrl"])
    visit.sign_in(customer, "/app/billing")
    expect(visit.page.get_by_text("You pay for each picture with credits.")).to_be_visible()
    return visit


def subscribe(page: Page, plan: str, card: str = "pm_card_visa") -> None:
    """Choose a plan and pay on Stripe's page."""
    page.get_by_role("button", name=f"Subscribe to {plan}").click()
    page.get_by_label("Card").select_option(card)
    page.get_by_role("button", name="Pay").click()


def test_the_page_of_a_new_customer(billing: Visit) -> None:
    page = billing.page
    expect(page.get_by_text("Nothing was used in this period.")).to_have_count(1)
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("cell", name="Received")).to_be_visible()
    expect(page.get_by_text("There are no invoices yet.")).to_be_visible()
    billing.check("billing-new")


@PHONE
def test_a_phone_shows_where_one_is_in_the_navigation(billing: Visit) -> None:
    expect(billing.page.locator(".nav [aria-current]")).to_be_in_viewport(ratio=1)


def test_subscribe_with_the_bank_asking(billing: Visit) -> None:
    page = billing.page
    subscribe(page, "Starter", "pm_card_threeDSecure2Required")
    page.get_by_role("button", name="Complete authentication").click()
    page.wait_for_url("**/app/billing**")
    expect(page.get_by_text("Your plan is active. Thank you!")).to_be_visible()
    expect(page.locator("#plan")).to_contain_text("0 of 50")
    expect(page.locator("#stats-bar")).to_contain_text("Starter")
    expect(page.locator("#invoices")).to_contain_text("Rp 99.000")
    billing.check("billing-subscribed")


@desktop
def test_change_cancel_and_resume_the_plan(billing: Visit) -> None:
    page = billing.page
    subscribe(page, "Starter")
    expect(page.locator("#plan")).to_contain_text("Starter")
    page.get_by_role("button", name="Change to Pro").click()
    page.get_by_role("dialog").get_by_role("button", name="Change the plan").click()
    expect(page.get_by_text("Your plan is now Pro.")).to_be_visible()
    page.get_by_role("button", name="Cancel the plan").click()
    billing.check("billing-cancel")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the plan").click()
    expect(page.locator("#plan")).to_contain_text("is not renewed")
    billing.check("billing-cancelled")
    page.get_by_role("button", name="Resume the plan").click()
    expect(page.get_by_text("The plan goes on as before.")).to_be_visible()


@desktop
def test_a_declined_card_changes_nothing_and_another_can_be_used(billing: Visit) -> None:
    page = billing.page
    page.get_by_role("button", name="Subscribe to Pro").click()
    page.get_by_label("Card").select_option("pm_card_chargeDeclined")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_label("Card").select_option("pm_card_visa")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("Your plan is active. Thank you!")).to_be_visible()


@desktop
def test_going_back_from_the_payment_page_says_that_nothing_was_paid(billing: Visit) -> None:
    page = billing.page
    page.get_by_role("button", name="Subscribe to Pro").click()
    expect(page.get_by_label("Card")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("before the payment was confirmed")).to_be_visible()
    page.get_by_role("button", name="Subscribe to Pro").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was paid.")).to_be_visible()


def test_buy_credits(billing: Visit) -> None:
    page = billing.page
    before = page.locator("#balance .figure").inner_text()
    page.get_by_role("button", name="Buy for").first.click()
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/app/billing**")
    expect(page.locator("#billing-notice")).to_contain_text("were added")
    expect(page.locator("#balance .figure")).not_to_have_text(before)
    billing.check("billing-bought")


@desktop
def test_limits_are_saved(billing: Visit) -> None:
    page = billing.page
    page.get_by_label("Warn me by e-mail below").fill("150")
    page.get_by_label("Spend at most").fill("2000")
    page.get_by_label("Period of the spending cap").select_option("day")
    page.get_by_role("button", name="Save the limits").click()
    expect(page.get_by_text("0 of 2,000 credits are spent")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Spend at most")).to_have_value("2000")
    page.get_by_label("Spend at most").fill("-1")
    page.get_by_role("button", name="Save the limits").click()
    expect(page.locator("#limits-form [role=alert]")).to_be_visible()
    billing.refused(400)


def test_make_and_revoke_a_key(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, "/app/developers")
    expect(page.get_by_text("No program uses your account yet.")).to_be_visible()
    visit.check("developers-new")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("Spending cap in credits").fill("100")
    visit.check("developers-key-form")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator(".secret code").inner_text()
    assert secret.startswith("lmk_live_")
    visit.check("developers-key")
    page.get_by_role("button", name="I have stored it").click()
    expect(page.locator("#snippet")).to_contain_text(secret)
    expect(page.get_by_text("0 of 100 credits spent this month")).to_be_visible()
    page.get_by_label("Python").check()
    expect(page.locator("#snippet")).to_contain_text("from lumiku import")
    visit.check("developers-snippet")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(page.locator("#snippet")).to_contain_text("YOUR_API_KEY")
    assert secret not in page.content()
    page.reload()
    expect(page.get_by_text("Night shift")).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke Night shift").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("No program uses your account yet.")).to_be_visible()


@desktop
def test_the_form_of_a_key_says_what_is_wrong(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, "/app/developers")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("Pinned model").fill("no-such-model")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Pinned model")).to_be_focused()
    expect(page.get_by_role("dialog")).to_contain_text("No tier uses a model of this name")
    visit.refused(400)


def test_webhooks(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, "/app/developers")
    page.get_by_role("button", name="New endpoint").click()
    page.get_by_label("Address").fill("https://example.com/lumiku")
    visit.check("developers-endpoint-form")
    page.get_by_role("button", name="Make the endpoint").click()
    expect(page.locator(".secret code")).to_contain_text("whsec_")
    page.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#deliveries")).to_contain_text("endpoint.test")
    visit.check("developers-webhooks")
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("button", name="Turn on")).to_be_visible()


@PHONE
def test_account_mails_data_and_erasure(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer)
    page.get_by_label("Credits are running low").uncheck()
    page.locator("#mail-form").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Credits are running low")).not_to_be_checked()
    page.get_by_role("button", name="Prepare a download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".zip")
    visit.check("account-data")
    page.get_by_role("button", name="Erase the account").click()
    page.get_by_label("Your password").fill("wrong")
    with page.expect_response("**/auth/me/erase"):
        page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("dialog")).to_contain_text("password")
    visit.refused(400)
    page.get_by_label("Your password").fill(customer.password)
    page.get_by_role("button", name="Erase everything").click()
    page.wait_for_url(f"{visit.service.url}/")


@desktop
def test_an_unsubscribe_page_leads_to_the_account(new_visit: NewVisit) -> None:
    visit = new_visit()
    visit.open("/v1/mail/unsubscribe?token=wrong")
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.refused(400)
    assert until(lambda: visit.page.get_by_role("link").count())
