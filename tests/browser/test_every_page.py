"""Every page of the dashboard in a real browser, signed out and in, in all looks.

The pages are read from the addresses of the dashboard, so that a new page cannot be forgotten.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard import urls
from dashboard.pages import AppPage, Page
from tests.browser import visits
from tests.browser.history import customer_with_history
from tests.browser.service import Customer, Service
from tests.browser.visits import Look

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]


def pages() -> Iterator[tuple[str, type[Page]]]:
    """The address and the class of each page; `{}` stands for a batch."""
    for pattern in urls.urlpatterns:
        kind = getattr(pattern.callback, "view_class", None)
        if isinstance(kind, type) and issubclass(kind, Page):
            # An optional slash may end an address.
            route = str(pattern.pattern).strip("^$").removesuffix("/?").removesuffix("\\Z")
            yield "/" + re.sub(r"\(\?P<batch_id>.*\)", "{}", route), kind


OPEN = [address for address, kind in pages() if not issubclass(kind, AppPage)]
PRIVATE = [address for address, kind in pages() if issubclass(kind, AppPage)]


@pytest.fixture(scope="module")
def known(service: Service) -> tuple[Customer, str]:
    return customer_with_history(service)


def test_the_addresses_are_those_of_pages() -> None:
    assert {"/sign-in", "/verify"} <= {*OPEN}
    assert {"/app", "/app/account", "/app/batches/{}"} <= {*PRIVATE}


def test_every_open_page(browser: Browser, service: Service, look: Look) -> None:
    with visits.visit(browser, service, look) as visit:
        for address in OPEN:
            visit.settle(address)
            visit.check(f"every-page{address.replace('/', '-')}")
        visit.settle(PRIVATE[0])
        assert "/sign-in?next=" in visit.page.url
        visit.settle("/no-such-page")
        visit.refused(404)
        visit.check("every-page-404")


def test_every_private_page(
    browser: Browser, service: Service, look: Look, known: tuple[Customer, str]
) -> None:
    customer, batch = known
    with visits.visit(browser, service, look) as visit:
        visit.sign_in(customer)
        for address in PRIVATE:
            visit.settle(address.format(batch))
            assert "/sign-in" not in visit.page.url
            visit.check(f"every-page{address.replace('/', '-').format('one')}")
