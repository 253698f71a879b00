"""The examples of docs/migrating/jwt-service.md."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.examples import Example, examples, run, served

pytestmark = pytest.mark.django_db(transaction=True)
WITH_KEY = '  -H "Authorization: Bearer your-api-key" \\\n'
ALL = examples("jwt-service")


@pytest.fixture
def url(db: None, settings: Settings) -> Iterator[str]:
    with served(settings) as url:
        yield url


@pytest.mark.parametrize("example", ALL, ids=str)
def test_it_works(example: Example, url: str, owner: User, tmp_path: Path) -> None:
    printed = run(example, url=url, key=api_key_for(owner), folder=tmp_path)
    if "/health/" in example.code:
        assert json.loads(printed)["status"] == "healthy"
    else:
        assert Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes())).mode == "RGBA"
        metrics = json.loads((tmp_path / "metrics.json").read_text())
        assert (metrics["total_requests"], metrics["credits_used"]) == (1, 8)


def test_on_the_same_machine_a_token_needs_no_key(
    url: str, tmp_path: Path, settings: Settings
) -> None:
    settings.COMPAT_ANONYMOUS = True
    [example] = [example for example in ALL if "/auth/token" in example.code]
    without = replace(example, code=example.code.replace(WITH_KEY, ""))
    assert without != example
    run(without, url=url, key="", folder=tmp_path)
    assert (tmp_path / "cutout.png").exists()
    assert (Job.objects.get().tier, Job.objects.get().credits_used) == ("basic", 0)


def test_there_are_two() -> None:
    assert len(ALL) == 2
