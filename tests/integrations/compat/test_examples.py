"""The examples of the pages on remove.bg, rembg and PhotoRoom, and the links between pages."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.integrations.compat.examples import DOCS, Example, examples, run, served

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("removebg", "rembg", "photoroom")
LANGUAGES = {
    "removebg": {"sh", "python", "javascript", "php", "go"},
    "rembg": {"sh", "python"},
    "photoroom": {"sh", "python", "javascript"},
}


@pytest.fixture
def url(db: None, settings: Settings) -> Iterator[str]:
    with served(settings) as url:
        yield url


@pytest.mark.parametrize("page", PAGES)
def test_there_is_one_in_each_language(page: str) -> None:
    assert {example.language for example in examples(page)} == LANGUAGES[page]


@pytest.mark.parametrize("example", [found for page in PAGES for found in examples(page)], ids=str)
def test_it_works(example: Example, url: str, owner: User, tmp_path: Path) -> None:
    run(example, url=url, key=api_key_for(owner), folder=tmp_path)
    cutout = Image.open(io.BytesIO((tmp_path / "cutout.png").read_bytes()))
    assert (cutout.mode, cutout.size) == ("RGBA", (96, 64))
    assert Job.objects.get().credits_used == 8


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)
