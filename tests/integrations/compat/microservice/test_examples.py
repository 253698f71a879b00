"""The examples of docs/migrating/microservice.md."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.examples import Example, examples, run, served

pytestmark = pytest.mark.django_db(transaction=True)
ALL = examples("microservice")
CALL = """
import { readFileSync, writeFileSync } from 'node:fs';
const cutout = await cutOut(new File([readFileSync('photo.jpg')], 'photo.jpg'));
writeFileSync('cutout.png', Buffer.from(await cutout.arrayBuffer()));
"""


@pytest.fixture
def url(db: None, settings: Settings) -> Iterator[str]:
    with served(settings) as url:
        yield url


def test_there_is_one_in_each_language() -> None:
    assert {example.language for example in ALL} == {"sh", "python", "javascript"}


@pytest.mark.parametrize("example", ALL, ids=str)
def test_it_works(example: Example, url: str, owner: User, tmp_path: Path) -> None:
    after = CALL if example.language == "javascript" else ""
    run(example, url=url, key=api_key_for(owner), folder=tmp_path, after=after)
    if "batch" in example.code:
        status = json.loads((tmp_path / "status.json").read_text())
        assert [file["filename"] for file in status["files"]] == ["photo.jpg", "other.png"]
    else:
        assert Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes())).mode == "RGBA"
        assert Job.objects.get().credits_used == 8
