"""Visits of a page by a real browser, with what may not happen on any page.

No error in the console, no answer that failed unexpectedly, no request that leaves the origin, no
serious finding of axe-core.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, Response, expect

from sandbox.application import ROOT
from tests.browser.service import Customer, Service

SCREENSHOTS = ROOT / "var" / "screenshots"
FLAGS = (
    # Root may not use Chromium's sandbox, and only our own pages are opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
_SERIOUS = ("serious", "critical")
# Chromium writes this line for every answer of 4xx; what was expected is checked by `failures`.
_REFUSED = re.compile(r"the server responded with a status of (4\d\d)")


@dataclass(frozen=True)
class Look:
    """A theme and a width in which every page has to work."""

    theme: Literal["light", "dark"]
    width: int

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}"


LOOKS = [Look(theme, width) for theme in ("light", "dark") for width in (390, 1280)]


@dataclass
class Visit:
    """One visitor: a page, and what went wrong on it. `service` is the running service."""

    page: Page
    service: Service
    look: Look
    problems: list[str] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    # Origins that may be asked besides the service's own, such as the object store's.
    allowed: set[str] = field(default_factory=set)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.service.url}{path}")

    def settle(self, path: str) -> None:
        """Open a page and wait until it has asked the API for all that it shows."""
        self.page.goto(f"{self.service.url}{path}", wait_until="networkidle")

    def sign_in(self, customer: Customer, after: str = "/app/account") -> None:
        """Log in as the sign-in page does, and open a page."""
        self.open("/sign-in")
        self.log_in(customer)
        self.open(after)

    def log_in(self, customer: Customer) -> None:
        """Let the page that is open log somebody in."""
        sent = self.page.evaluate(
            """async ([email, password]) => {
                const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
                const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
                const body = JSON.stringify({ email, password });
                return (await fetch("/v1/auth/session", { method: "POST", headers, body })).status;
            }""",
            [customer.email, customer.password],
        )
        assert sent == 200

    def check(self, name: str) -> None:
        """Keep a screenshot of the page as it is, and let axe-core judge it."""
        self.screenshot(name)
        self.check_accessibility()
        wider = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{name} is {wider} px wider than the window ({self.look})"

    def screenshot(self, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{self.look}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    def check_accessibility(self) -> None:
        found: Any = Axe().run(self.page).response
        serious = [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            if one["impact"] in _SERIOUS
            for node in one["nodes"]
        ]
        assert serious == [], "\n".join(serious)

    def forgive(self, *words: str) -> None:
        """Do not count the problems with any of these words, which a test itself has caused."""
        self.problems[:] = [one for one in self.problems if not any(word in one for word in words)]

    def refused(self, status: int) -> None:
        """Expect one answer with this status, which is not a failure then."""
        assert [found for found, _ in self.failures] == [status], self.failures
        self.failures.clear()


@contextmanager
def chromium(playwright: Playwright, program: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
    yield browser
    browser.close()


@contextmanager
def visit(browser: Browser, service: Service, look: Look, **options: Any) -> Iterator[Visit]:
    """A visitor with an empty profile. Fails when the block ends if a problem was seen."""
    context = browser.new_context(
        color_scheme=look.theme,
        viewport={"width": look.width, "height": 844 if look.width < 600 else 800},
        has_touch=look.width < 600,
        locale="en-GB",
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    seen = Visit(page, service, look)
    _watch(page, seen)
    yield seen
    context.close()
    assert seen.problems == [], "\n".join(seen.problems)
    assert seen.failures == [], seen.failures


def _watch(page: Page, seen: Visit) -> None:
    def of_console(message: Any) -> None:
        if message.type in ("error", "warning") and not _REFUSED.search(message.text):
            seen.problems.append(f"console: {message.text}")

    def of_request(request: Any) -> None:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}".replace("ws://", "http://")
        if parts.scheme not in ("data", "blob") and origin not in {seen.service.url, *seen.allowed}:
            seen.problems.append(f"another origin: {request.url}")

    def of_response(response: Response) -> None:
        if response.status >= 400:
            seen.failures.append((response.status, urlsplit(response.url).path))

    page.on("console", of_console)
    page.on("pageerror", lambda problem: seen.problems.append(f"script: {problem}"))
    page.on("request", of_request)
    page.on("websocket", of_request)
    page.on("response", of_response)
