"""The examples of docs/migrating/async-service.md."""

import io
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
ALL = examples("async-service")
PHOTO = """
import { readFileSync, writeFileSync } from 'node:fs';
const photo = new File([readFileSync('photo.jpg')], 'photo.jpg');
"""
AFTER = {
    "javascript": PHOTO
    + """
const image = await (await fetch(await cutOut(photo))).arrayBuffer();
writeFileSync('cutout.png', Buffer.from(image));
""",
    "typescript": PHOTO
    # As in a browser: without this, axios takes an adapter of Node's own that knows no blobs.
    + "axios.defaults.adapter = 'fetch';\n"
    + "const cutout = await cutOut(photo);\n"
    + "writeFileSync('cutout.png', Buffer.from(await cutout.arrayBuffer()));",
}


@pytest.fixture
def url(db: None, settings: Settings) -> Iterator[str]:
    with served(settings) as url:
        yield url


def test_there_is_one_in_each_language() -> None:
    assert {example.language for example in ALL} == {"sh", "python", "javascript", "typescript"}


def test_on_the_same_machine_it_works_without_a_key(
    url: str, tmp_path: Path, settings: Settings
) -> None:
    settings.COMPAT_ANONYMOUS = True
    [example] = [example for example in ALL if example.language == "sh"]
    run(example, url=url, key="", folder=tmp_path)
    assert (tmp_path / "cutout.png").exists()
    assert (Job.objects.get().tier, Job.objects.get().credits_used) == ("basic", 0)


@pytest.mark.parametrize("example", ALL, ids=str)
def test_it_works(
    example: Example, url: str, owner: User, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    needs_packages = example.language == "typescript"
    run(
        example,
        url=url,
        key=api_key_for(owner),
        folder=tmp_path,
        after=AFTER.get(example.language, ""),
        packages=request.getfixturevalue("node_packages") if needs_packages else None,
    )
    assert Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes())).mode == "RGBA"
    assert Job.objects.get().credits_used == 8
