import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.objectstore import ObjectStore
from tests.production.client import Api
from tests.production.stack import Stack, running
from tests.programs import require


@pytest.fixture(scope="package")
def stack(object_store: ObjectStore) -> Iterator[Stack]:
    """The production shape, started once for the tests of this folder."""
    require("nginx")
    home = Path(tempfile.mkdtemp(prefix="lumiku-production-"))
    try:
        with running(home, object_store) as stack:
            yield stack
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="package")
def api(stack: Stack) -> Iterator[Api]:
    """A new customer, logged in."""
    with Api(stack) as api:
        api.register()
        yield api
