"""A real browser; tests that need it are skipped where Chromium is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.programs import require


@contextmanager
def page() -> Iterator[Page]:
    """An empty page. Inside the block this thread must not touch the database: Playwright runs an
    event loop in it.
    """
    program = require("chromium")["chromium"]
    with sync_playwright() as playwright:
        # Root may not use Chromium's sandbox, and only our own pages are opened.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()
