"""Signing in and up, mails with links, and the account page, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.service import PASSWORD, Customer
from tests.browser.visits import LOOKS, Visit

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)
NEW = "an entirely new pass phrase 43"


def test_sign_in(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.open("/sign-in")
    visit.check("sign-in")
    page.get_by_label("E-mail address").fill(customer.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    visit.refused(401)
    visit.check("sign-in-refused")
    page.get_by_label("Password").fill(customer.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app**")


@desktop
def test_empty_fields_are_pointed_at(visit: Visit) -> None:
    visit.open("/sign-in")
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_label("E-mail address")).to_be_focused()
    expect(visit.page.get_by_text("This field is required.")).to_have_count(2)


@desktop
def test_a_private_page_comes_after_signing_in(visit: Visit, customer: Customer) -> None:
    visit.open("/app/account")
    visit.page.wait_for_url("**/sign-in?next=%2Fapp%2Faccount")
    visit.page.get_by_label("E-mail address").fill(customer.email)
    visit.page.get_by_label("Password").fill(customer.password)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url("**/app/account")


@desktop
@pytest.mark.parametrize(
    "evil", ["https://evil.example.com/", "//evil.example.com", "javascript:1"]
)
def test_signing_in_never_leads_elsewhere(visit: Visit, customer: Customer, evil: str) -> None:
    visit.open(f"/sign-in?next={evil}")
    visit.page.get_by_label("E-mail address").fill(customer.email)
    visit.page.get_by_label("Password").fill(customer.password)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url(f"{visit.service.url}/app**")


def test_sign_up(visit: Visit) -> None:
    page = visit.page
    visit.open("/sign-up")
    visit.check("sign-up")
    page.get_by_label("E-mail address").fill(f"new-{visit.look}@example.com")
    page.get_by_label("Password").fill("12345")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text("too short")).to_be_visible()
    visit.refused(400)
    visit.check("sign-up-weak")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/app**")


def test_a_forgotten_password(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.open("/forgot")
    visit.check("forgot")
    page.get_by_label("E-mail address").fill(customer.email)
    page.get_by_role("button", name="Send the mail").click()
    expect(page.locator("main").get_by_text("a mail is on its way")).to_be_visible()
    visit.check("forgot-sent")
    page.goto(visit.service.link_to(customer.email))
    expect(page.get_by_label("New password")).to_be_visible()
    assert "token" not in page.url
    visit.check("reset")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("main").get_by_text("The new password is set")).to_be_visible()
    visit.check("reset-done")


@desktop
def test_a_link_that_has_expired_says_what_to_do(visit: Visit) -> None:
    visit.open("/verify#token=user_x.y")
    visit.page.get_by_role("button", name="Confirm the address").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("ask for another")
    visit.refused(400)
    visit.check("verify-expired")


def test_the_account_page(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer)
    expect(page.get_by_text("This one")).to_be_visible()
    visit.check("account")
    page.get_by_label("Current password").fill(customer.password)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("all other sessions have ended")).to_be_visible()
    visit.check("account-changed")
    page.reload()
    expect(page.get_by_text("This one")).to_be_visible()


@desktop
def test_ending_another_session(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer)
    visit.page.get_by_role("button", name="End the session").click()
    expect(visit.page.get_by_text("The session has ended.")).to_be_visible()
    expect(visit.page.get_by_role("button", name="End the session")).to_have_count(0)


@desktop
def test_signing_out_everywhere(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer)
    visit.page.get_by_role("button", name="Sign out everywhere").click()
    dialog = visit.page.get_by_role("dialog")
    visit.check("account-everywhere")
    dialog.get_by_role("button", name="Sign out everywhere").click()
    visit.page.wait_for_url("**/sign-in")
    visit.open("/app/account")
    visit.page.wait_for_url("**/sign-in?**")


@desktop
def test_signing_out(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer)
    visit.page.get_by_role("button", name="Account", exact=True).click()
    visit.check("account-menu")
    visit.page.get_by_role("button", name="Sign out", exact=True).click()
    visit.page.wait_for_url(f"{visit.service.url}/")


@desktop
def test_a_login_that_has_ended_is_told_and_loses_nothing(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer)
    visit.page.get_by_label("Current password").fill("kept")
    visit.page.context.clear_cookies(name="sessionid")
    visit.page.evaluate(
        "import('/static/dashboard/js/api.js').then((m) => m.api('auth/me')).catch(() => 0)"
    )
    expect(visit.page.get_by_role("dialog")).to_contain_text("Sign in again in a new tab")
    visit.refused(401)
    visit.page.get_by_role("button", name="Close").click()
    expect(visit.page.get_by_label("Current password")).to_have_value("kept")


@desktop
def test_a_page_from_the_browsers_memory_is_not_shown_after_the_login(
    visit: Visit, customer: Customer
) -> None:
    visit.sign_in(customer)
    visit.page.context.clear_cookies(name="sessionid")
    visit.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    visit.page.wait_for_url("**/sign-in?**")
    visit.refused(401)


@desktop
def test_a_page_from_the_browsers_memory_is_shown_to_who_is_still_logged_in(
    visit: Visit, customer: Customer
) -> None:
    visit.sign_in(customer)
    visit.page.get_by_label("Current password").fill("kept")
    with visit.page.expect_response("**/auth/me"):
        visit.page.evaluate(
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
        )
    expect(visit.page.get_by_label("Current password")).to_be_visible()
    expect(visit.page.get_by_label("Current password")).to_have_value("kept")


@desktop
def test_a_tab_that_is_shown_again_is_of_who_is_logged_in_now(
    visit: Visit, customer: Customer
) -> None:
    visit.sign_in(customer)
    other = visit.service.customer()
    visit.log_in(other)
    visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visit.page.locator("#account-menu .menu-title")).to_have_text(other.email)


@desktop
def test_the_theme_and_the_language_are_kept(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer)
    page.get_by_role("radio", name="Dark").check()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.shown") == "dark"
    page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(page.locator("html")).to_have_attribute("lang", "id")


@desktop
def test_errors_of_the_api_are_in_the_language_of_the_page(
    visit: Visit, customer: Customer
) -> None:
    page = visit.page
    visit.open("/sign-in")
    page.locator("#language-form select").select_option("id")
    expect(page.locator("html")).to_have_attribute("lang", "id")
    page.locator("#email").fill(customer.email)
    page.locator("#password").fill("wrong")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_contain_text("Alamat email atau kata sandi salah")
    visit.refused(401)
    page.goto(f"{visit.service.url}/sign-up")
    page.locator("[name=email]").fill("new@example.com")
    page.locator("[name=password]").fill("short")
    page.locator("main form button.button-primary").click()
    expect(page.locator(".field-error")).to_contain_text("Minimal 8 karakter.")
    visit.refused(400)


@desktop
def test_who_signs_up_in_indonesian_gets_indonesian_mails(visit: Visit) -> None:
    page = visit.page
    visit.open("/sign-in")
    page.locator("#language-form select").select_option("id")
    expect(page.locator("html")).to_have_attribute("lang", "id")
    page.goto(f"{visit.service.url}/sign-up")
    page.locator("[name=email]").fill("baru@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button.button-primary").click()
    page.wait_for_url("**/app**")
    page.goto(f"{visit.service.url}/app/account")
    expect(page.get_by_label("Kredit hampir habis")).to_be_checked()
    expect(page.locator("#mail-language")).to_have_value("id")


def test_pages_that_are_not_there(visit: Visit) -> None:
    visit.open("/no-such-page")
    visit.refused(404)
    visit.check("404")
