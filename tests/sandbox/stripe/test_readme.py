"""The README of the Stripe-speaking server lists exactly its endpoints."""

import re
from collections import defaultdict
from pathlib import Path

from sandbox import stripe
from sandbox.stripe.families import ROUTES

_ROW = re.compile(r"^\| `(/v1/[^`]+)` \| ([A-Z, ]+) \|$", re.MULTILINE)


def test_the_readme_lists_every_endpoint() -> None:
    served: dict[str, set[str]] = defaultdict(set)
    for route in ROUTES:
        served[route.path].add(route.method)
    text = Path(stripe.__file__).with_name("README.md").read_text()
    assert {path: set(methods.split(", ")) for path, methods in _ROW.findall(text)} == served
