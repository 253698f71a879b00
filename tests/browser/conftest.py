"""Fixtures of the browser tests: one running service, a browser for each file, and its visits."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import service as services
from tests.browser import visits
from tests.browser.service import Customer, Service
from tests.browser.visits import LOOKS, Look, Visit
from tests.programs import require

# Makes a visitor of the current look; options are those of Playwright's `new_context`.
NewVisit = Callable[..., Visit]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One whole service for all browser tests; each test has customers of its own."""
    require("chromium")
    with services.running() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. While it is open, this thread must not use the test's own database: Playwright
    runs an event loop in it.
    """
    program = require("chromium")["chromium"]
    with sync_playwright() as playwright, visits.chromium(playwright, program) as opened:
        yield opened


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    """Both themes at the width of a phone and of a desktop. A test that has no use for all four
    can be parametrized with some of `LOOKS`.
    """
    found: Look = request.param
    return found


@pytest.fixture
def new_visit(browser: Browser, service: Service, look: Look) -> Iterator[NewVisit]:
    """Call it for each visitor; all are judged when the test ends."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(visits.visit(browser, service, look, **options))


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """A visitor with an empty profile."""
    return new_visit()


@pytest.fixture
def customer(service: Service) -> Customer:
    return service.customer()
