"""The examples of docs/migrating/jwt-service.md."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from accounts.models import User
from config.asgi import application
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.integrations.compat.examples import Example, examples, run
from tests.removal.factories import working

pytestmark = pytest.mark.django_db(transaction=True)
ALL = examples("jwt-service")


@pytest.fixture
def url(db: None) -> Iterator[str]:
    with running(application) as port, working():
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("example", ALL, ids=str)
def test_it_works(example: Example, url: str, owner: User, tmp_path: Path) -> None:
    printed = run(example, url=url, key=api_key_for(owner), folder=tmp_path)
    if "/health/" in example.code:
        assert json.loads(printed)["status"] == "healthy"
    else:
        assert Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes())).mode == "RGBA"
        metrics = json.loads((tmp_path / "metrics.json").read_text())
        assert (metrics["total_requests"], metrics["credits_used"]) == (1, 8)


def test_there_are_two() -> None:
    assert len(ALL) == 2
