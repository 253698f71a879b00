"""Pytest plugin (`-p tests.selection`): which part of the suite runs.

`--quick` leaves out what starts a service or a browser, what needs programs from
bin/install-system-packages, fault and race runs, and tests marked `slow`, and tries fewer generated
examples. `--long` adds the full fault runs and tries more examples.
"""

import os

import hypothesis
import pytest

# Starting services, or many threads and processes, is all that these do.
_HEAVY = (
    "tests/batches/websocket/test_server.py",
    "tests/browser",
    "tests/concurrency",
    "tests/faults",
    "tests/production",
    "tests/sandbox",
    "tests/sdk/live",
    "tests/batches/test_five_hundred.py",
    "tests/batches/test_large_forms.py",
    "tests/batches/test_plans.py",
)
_MARKS = ("slow", "system", "s3")
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
    if not config.getoption("quick"):
        return
    heavy = [item for item in items if _is_heavy(item)]
    config.hook.pytest_deselected(items=heavy)
    items[:] = [item for item in items if not _is_heavy(item)]


def _is_heavy(item: pytest.Item) -> bool:
    return item.nodeid.startswith(_HEAVY) or any(item.get_closest_marker(mark) for mark in _MARKS)
