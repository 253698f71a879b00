"""The examples of docs/migrating/async-service.md."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from config.asgi import application
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.integrations.compat.examples import Example, examples, run
from tests.removal.factories import working

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
    with running(application) as port, working():
        settings.BASE_URL = f"http://127.0.0.1:{port}"
        yield settings.BASE_URL


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
def test_it_works(example: Example, url: str, owner: User, tmp_path: Path) -> None:
    after = AFTER.get(example.language, "")
    run(example, url=url, key=api_key_for(owner), folder=tmp_path, after=after)
    assert Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes())).mode == "RGBA"
    assert Job.objects.get().credits_used == 8
