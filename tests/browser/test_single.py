"""The pages of a single removal and of all pictures, with a real photo in a real browser."""

import io
import re
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.pictures import handed_over
from tests.browser.service import Customer, until
from tests.browser.visits import LOOKS, Visit

PHOTO = Path(__file__).parents[2] / "samples" / "chelsea.jpg"

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]
desktop = pytest.mark.parametrize("look", [LOOKS[1]], ids=str)


def done(page: Page, photo: Any = PHOTO, tier: str = "basic") -> None:
    """Choose a photo and wait for its result."""
    page.check(f"input[name=tier][value={tier}]")
    page.set_input_files("#photo", photo)
    expect(page.locator("#result")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def downloaded(page: Page) -> Image.Image:
    """The picture behind the link for downloading."""
    with page.expect_download() as found:
        page.get_by_role("link", name="Download").click()
    picture = Image.open(found.value.path())
    picture.load()
    return picture


def blank() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(file, "PNG")
    return file.getvalue()


def erase_across(page: Page) -> None:
    """Paint over the middle of the picture with the brush that erases."""
    page.check("input[name=brush][value=erase]")
    box = page.locator(".mask-frame").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=8)
    page.mouse.up()


def charged(visit: Visit, customer: Customer) -> int:
    balance = visit.service.call("GET", "/billing/credits", token=customer.token)
    return 5000 - int(balance["available"])


def test_a_photo_from_choosing_to_deleting(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    visit.check("single-start")
    done(page)
    visit.check("single-result")
    first = downloaded(page)
    assert first.getpixel((225, 150))[3] == 255  # type: ignore[index]

    page.get_by_role("button", name="Mend").click()
    expect(page.get_by_role("button", name="Use this mask")).to_be_disabled()
    erase_across(page)
    visit.check("single-brush")
    page.get_by_role("button", name="Use this mask").click()
    expect(page.locator("#version")).to_have_value("2")
    assert downloaded(page).getpixel((225, 150))[3] == 0  # type: ignore[index]

    page.check("input[name=background][value=color]")
    page.get_by_label("Colour as text").fill("#00ff00")
    page.check("input[name=frame][value=canvas]")
    page.get_by_label("Size or ratio").fill("400x400")
    page.get_by_role("button", name="Update the picture").click()
    expect(page.locator("#version")).to_have_value("3")
    visit.check("single-options")
    mended = downloaded(page)
    assert (mended.size, mended.convert("RGB").getpixel((3, 3))) == ((400, 400), (0, 255, 0))

    page.get_by_role("button", name="Delete", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#start")).to_be_visible()


def test_the_list_of_pictures(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app/jobs")
    expect(page.get_by_text("No pictures yet")).to_be_visible()
    visit.check("jobs-empty")
    visit.open("/app")
    done(page)
    visit.open("/app/jobs")
    line = page.locator("li.job").first
    expect(line.locator("img")).to_be_visible()
    expect(line).to_contain_text("3 credits")
    visit.check("jobs")
    page.get_by_label("File name").fill("nothing like it")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    visit.check("jobs-no-match")
    page.get_by_label("File name").fill("CHEL")
    expect(page.locator("li.job")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("File name")).to_have_value("CHEL")
    with page.expect_download():
        page.get_by_role("button", name="Download chelsea.jpg").click()


@desktop
def test_the_stats_bar_shows_what_a_photo_cost_at_once(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer, "/app")
    credits = visit.page.locator("#stats-bar dd").first
    expect(credits).to_have_text(re.compile(r"\d"))
    before = int(credits.inner_text().replace(",", ""))
    done(visit.page)
    # Sooner than the bar's own refresh, which comes every 30 s.
    expect(credits).to_have_text(f"{before - 3:,}", timeout=15_000)


@desktop
def test_wrong_files_are_told_before_they_are_sent(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    text = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    page.set_input_files("#photo", text)  # type: ignore[arg-type]
    expect(page.get_by_role("alert")).to_contain_text("x.jpg is no picture")
    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" * 4_000_000}
    page.set_input_files("#photo", large)  # type: ignore[arg-type]
    expect(page.get_by_role("alert")).to_contain_text("at most 10 MB")
    visit.check("single-wrong-file")


@desktop
@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_photo_is_dropped_or_pasted(visit: Visit, customer: Customer, event: str) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    handed_over(page, event)
    expect(page.get_by_role("heading", name="cat-0.jpg")).to_be_visible()
    # The next one, while a result is shown, replaces the result and not the page.
    first = page.url
    assert handed_over(page, event) is False
    page.wait_for_url(lambda url: "?job=" in url and url != first)
    expect(page.get_by_role("heading", name="cat-0.jpg")).to_be_visible()


@desktop
def test_several_photos_at_once_are_for_a_batch(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer, after="/app")
    handed_over(visit.page, "drop", count=2)
    expect(visit.page.get_by_role("alert")).to_contain_text("For several, start a batch")


@desktop
def test_an_upload_that_is_cut_is_sent_again_and_charged_once(
    visit: Visit, customer: Customer
) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    page.route("**/remove", lambda route: route.abort("internetdisconnected"), times=1)
    page.check("input[name=tier][value=basic]")
    page.set_input_files("#photo", PHOTO)
    expect(page.locator("#failed-text")).to_contain_text("The upload was interrupted")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="chelsea.jpg")).to_be_visible()
    assert charged(visit, customer) == 3
    visit.forgive("ERR_INTERNET_DISCONNECTED")


@desktop
def test_the_photo_is_kept_while_one_signs_in_again(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    page.context.clear_cookies(name="sessionid")
    page.check("input[name=tier][value=basic]")
    page.set_input_files("#photo", PHOTO)
    dialog = page.get_by_role("dialog")
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("E-mail address").fill(customer.email)
    other.get_by_label("Password").fill(customer.password)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/app**")
    other.close()
    if dialog.is_visible():
        dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="chelsea.jpg")).to_be_visible()
    assert {status for status, _ in visit.failures} == {401}
    visit.failures.clear()


@desktop
def test_without_credits_the_photo_waits_until_some_are_bought(
    visit: Visit, customer: Customer
) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    _adjust(visit, customer, -4999)
    page.set_input_files("#photo", PHOTO)
    failed = page.locator("#failed")
    expect(failed.get_by_role("link", name="Buy credits")).to_be_visible()
    visit.refused(402)
    visit.check("single-no-credits")
    _adjust(visit, customer, 4999)
    failed.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="chelsea.jpg")).to_be_visible()


def _adjust(visit: Visit, customer: Customer, credits: int) -> None:
    """Change the balance, as an operator does."""
    code = (
        "from accounts.models import User; from billing import ledger; "
        f"user = User.objects.get(email={customer.email!r}); "
        f"ledger.adjust(user_id=user.pk, credits={credits}, key='test{credits}', "
        "reason='test', actor_id=None)"
    )
    visit.service.manage("shell", "-c", code)


@desktop
def test_a_picture_without_a_subject(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    wall = {"name": "wall.png", "mimeType": "image/png", "buffer": blank()}
    page.set_input_files("#photo", wall)  # type: ignore[arg-type]
    expect(page.get_by_role("heading", name="No subject was found")).to_be_focused()
    expect(page.get_by_text("Nothing was charged")).to_be_visible()
    visit.check("single-no-subject")
    page.get_by_role("button", name="Another picture or quality").click()
    expect(page.locator("#start")).to_be_visible()


@desktop
def test_the_slider_is_dragged_and_the_picture_is_zoomed_behind_it(
    visit: Visit, customer: Customer
) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    done(page)
    frame, slider = (
        page.locator("#stage before-after"),
        page.locator("#stage").get_by_role("slider"),
    )
    box = frame.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle, steps=4)
    page.mouse.up()
    assert round(float(slider.input_value())) == 25
    slider.press("ArrowRight")
    assert round(float(slider.input_value())) == 27
    # What is shown of the original ends at the handle, at every zoom and place.
    for name in ("Larger", "Larger", "Fit"):
        page.get_by_role("button", name=name).click()
        visible = page.locator("#stage .before-after-before").evaluate(
            """(image) => {
                const box = image.getBoundingClientRect();
                const cut = getComputedStyle(image).clipPath;
                const shown = parseFloat(cut.match(/calc\\(100% - (.+?)px/)[1]);
                return box.left + shown * (box.width / image.offsetWidth);
            }"""
        )
        handle = frame.locator(".before-after-handle").bounding_box()
        assert handle is not None
        assert abs(visible - (handle["x"] + handle["width"] / 2)) < 2
    frame.focus()
    page.keyboard.press("ArrowRight")
    assert round(float(slider.input_value())) == 27


@desktop
@pytest.mark.parametrize("format", ["TIFF", "HEIF"])
def test_a_format_that_browsers_do_not_show(visit: Visit, customer: Customer, format: str) -> None:
    file = io.BytesIO()
    with Image.open(PHOTO) as photo:
        if format == "HEIF":
            pillow_heif.from_pillow(photo).save(file)
        else:
            photo.save(file, format)
    visit.sign_in(customer, after="/app")
    scan = {"name": f"scan.{format}", "mimeType": "", "buffer": file.getvalue()}
    done(visit.page, scan)
    before = visit.page.locator("#stage img.before-after-before")
    expect(before).to_have_attribute("src", re.compile("original-1024.webp"))
    assert before.evaluate("image => image.decode().then(() => image.naturalWidth)") == 451


@desktop
def test_a_result_survives_a_reload(visit: Visit, customer: Customer) -> None:
    visit.sign_in(customer, after="/app")
    done(visit.page)
    visit.page.reload()
    expect(visit.page.get_by_role("heading", name="chelsea.jpg")).to_be_visible()


@desktop
def test_a_picture_that_was_deleted_in_another_tab(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    done(page)
    address = page.url
    visit.open("/app/jobs")
    expect(page.locator("li.job")).to_have_count(1)
    until(lambda: page.evaluate("[...document.images].every((image) => image.complete)"))
    job = address.rpartition("=")[2]
    visit.service.call("DELETE", f"/background-remover/jobs/{job}", token=customer.token)
    page.get_by_role("button", name="Download chelsea.jpg").click()
    expect(page.get_by_text("was deleted or is no longer kept")).to_be_visible()
    expect(page.locator("li.job")).to_contain_text("Deleted picture")
    page.goto(address)
    expect(page.locator("#failed-text")).to_contain_text("was deleted")


@desktop
def test_a_bad_result_is_done_again_free(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    done(page)
    page.get_by_role("button", name="Bad result").click()
    page.get_by_role("button", name="Do it again, free").click()
    expect(page.locator("#result-facts")).to_contain_text("0 credits")
    expect(page.get_by_role("button", name="Bad result")).to_be_disabled()


@desktop
def test_the_brush_waits_for_the_mask(visit: Visit, customer: Customer) -> None:
    page, held = visit.page, list[Route]()
    visit.sign_in(customer, after="/app")
    done(page)
    # Playwright marks handlers, which a built-in method does not let it do.
    page.route("**/mask", lambda route: held.append(route))  # noqa: PLW0108
    with page.expect_request("**/mask"):
        page.get_by_role("button", name="Mend").click()
    erase_across(page)
    expect(page.get_by_role("button", name="Use this mask")).to_be_disabled()
    held[0].continue_()
    expect(page.locator(".mask-frame")).to_be_focused()
    erase_across(page)
    expect(page.get_by_role("button", name="Use this mask")).to_be_enabled()


@desktop
def test_the_brush_works_by_keys(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    done(page)
    page.get_by_role("button", name="Mend").click()
    expect(page.locator(".mask-frame")).to_be_focused()
    page.keyboard.press("e")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Use this mask")).to_be_enabled()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Use this mask")).to_be_disabled()
    page.keyboard.press("Control+y")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


@desktop
def test_a_preset_is_saved_used_and_deleted(visit: Visit, customer: Customer) -> None:
    page = visit.page
    visit.sign_in(customer, after="/app")
    done(page)
    page.locator("#out-preset").select_option("ebay")
    expect(page.get_by_label("Size or ratio")).to_have_value("1600x1600")
    page.get_by_role("button", name="Save these options").click()
    page.get_by_label("Name", exact=True).fill("My shop")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#out-preset")).to_have_value("my-shop")
    page.get_by_role("button", name="Delete this preset").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#out-preset option[value=my-shop]")).to_have_count(0)
