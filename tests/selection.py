"""Pytest plugin (`-p tests.selection`): which part of the suite runs.

Each flow of the dashboard is run in one look, and every page is visited in all of them.
`--quick` leaves out what starts a service or a browser, what needs programs from
bin/install-system-packages, fault and race runs, and tests marked `slow`, and tries fewer generated
examples. `--long` adds the full fault runs, tries more examples, and runs the flows in every look.
"""

import os

import hypothesis
import pytest

# Starting services, programs or real models, or many threads and processes, is all that these do.
_HEAVY = (
    "tests/architecture/test_web_process.py",
    "tests/batches/test_five_hundred.py",
    "tests/batches/test_large_forms.py",
    "tests/batches/test_plans.py",
    "tests/batches/websocket/test_server.py",
    "tests/billing/stripe/test_overdue.py",
    "tests/billing/stripe/test_storm.py",
    "tests/browser",
    "tests/common/test_exporter.py",
    "tests/common/workqueue/test_dispatch.py",
    "tests/concurrency",
    "tests/config/test_odd_input.py",
    "tests/config/test_production.py",
    "tests/config/test_running.py",
    "tests/config/test_variables_of_services.py",
    "tests/faults",
    "tests/integrations/compat/async_service/test_examples.py",
    "tests/integrations/compat/photoroom/test_replays.py",
    "tests/integrations/compat/removebg/test_fuzz.py",
    "tests/integrations/compat/removebg/test_node_packages.py",
    "tests/integrations/compat/removebg/test_python_packages.py",
    "tests/integrations/compat/removebg/test_replays.py",
    "tests/integrations/compat/test_examples.py",
    "tests/integrations/compat/test_fuzz.py",
    "tests/integrations/compat/test_repeats.py",
    "tests/integrations/partners/test_results.py",
    "tests/integrations/test_account_erasure.py",
    "tests/production",
    "tests/removal/bulk/test_work.py",
    "tests/removal/engine/test_mutations.py",
    "tests/removal/evaluation",
    "tests/removal/test_downloads.py",
    "tests/removal/test_selection.py",
    "tests/removal/test_web_stays_light.py",
    "tests/removal/test_worker_signals.py",
    "tests/removal/weights",
    "tests/sandbox",
    "tests/sdk/live",
)
_MARKS = ("slow", "system", "s3")
# The pages in every theme and width; all else of the browser tests is in this one look.
_EVERY_LOOK, _USUAL_LOOK = "tests/browser/test_every_page.py", "light-1280"
_QUICK_EXAMPLES, _LONG_EXAMPLES = 10, 1000


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("selection")
    group.addoption("--quick", action="store_true", help="two minutes: no services, no browsers")
    group.addoption("--long", action="store_true", help="full fault runs and more examples")


def pytest_configure(config: pytest.Config) -> None:
    quick, long = config.getoption("quick"), config.getoption("long")
    if quick and long:
        raise pytest.UsageError("--quick and --long contradict each other")
    if quick:
        hypothesis.settings.register_profile("quick", max_examples=_QUICK_EXAMPLES)
        hypothesis.settings.load_profile("quick")
    if long:
        os.environ["LUMIKU_FAULTS"] = "full"
        hypothesis.settings.register_profile("long", max_examples=_LONG_EXAMPLES, deadline=None)
        hypothesis.settings.load_profile("long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("long"):
        return
    left_out = _heavy(items) if config.getoption("quick") else _other_looks(items)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def _heavy(items: list[pytest.Item]) -> set[pytest.Item]:
    return {
        item
        for item in items
        if item.nodeid.startswith(_HEAVY) or any(map(item.get_closest_marker, _MARKS))
    }


def _other_looks(items: list[pytest.Item]) -> set[pytest.Item]:
    """Flows of the dashboard in another look than the usual one, where there is that one, too."""
    looks = {item: look for item in items if (look := _look(item))}
    usual = {item.nodeid.partition("[")[0] for item, look in looks.items() if look == _USUAL_LOOK}
    return {
        item
        for item, look in looks.items()
        if look != _USUAL_LOOK and item.nodeid.partition("[")[0] in usual
    }


def _look(item: pytest.Item) -> str:
    """The theme and width of a test of the dashboard; "" for those that have every look."""
    if item.nodeid.startswith(_EVERY_LOOK):
        return ""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return str(parameters.get("look", ""))
