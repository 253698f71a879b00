"""The Indonesian catalogues: whole, compiled, with the same placeholders, and shown."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from dashboard import navigation
from tests.programs import require

APP = Path(navigation.__file__).parent
CATALOGUES = APP / "locale/id/LC_MESSAGES"
DOMAINS = ("django", "djangojs")
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def translations(compiled: Path) -> dict[str, str]:
    """The texts of a compiled catalogue by their sources; of a plural, by its singular."""
    with compiled.open("rb") as file:
        catalogue = vars(gettext.GNUTranslations(file))["_catalog"]
    named = {key[0] if isinstance(key, tuple) else key: text for key, text in catalogue.items()}
    return {source: text for source, text in named.items() if source}


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_have_the_placeholders_of_their_sources(domain: str) -> None:
    found = translations(CATALOGUES / f"{domain}.mo")
    assert len(found) > 200
    # The Indonesian form stands for singular and plural; only the plural names the days.
    found.pop("%(credits)s in the last day", None)
    for source, text in found.items():
        assert text
        assert {*_PLACEHOLDER.findall(text)} == {*_PLACEHOLDER.findall(source)}, source


def test_no_other_app_translates_the_texts_of_pages() -> None:
    with translation.override("id"):
        for source, text in translations(CATALOGUES / "django.mo").items():
            # A text with a plural is found by `ngettext` only.
            shown = {translation.gettext(source), translation.ngettext(source, source, 2)}
            assert text in shown, source


@pytest.mark.system
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_is_that_of_its_source(domain: str, tmp_path: Path) -> None:
    program = require("msgfmt")["msgfmt"]
    compiled = tmp_path / f"{domain}.mo"
    source = CATALOGUES / f"{domain}.po"
    subprocess.run([program, "--check", "-o", compiled, source], check=True)
    assert translations(compiled) == translations(CATALOGUES / f"{domain}.mo")


@pytest.mark.system
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_of_the_pages_is_translated(domain: str, tmp_path: Path) -> None:
    """Extracted anew from a copy of the app; a new or changed text has to be translated."""
    programs = require("msgattrib", "xgettext")
    copy = tmp_path / "dashboard"
    shutil.copytree(APP, copy, ignore=shutil.ignore_patterns("__pycache__"))
    extract = [sys.executable, "-m", "django", "makemessages", "-l", "id", "-d", domain]
    # Without settings the command reads the folder that it runs in, and nothing else.
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(extract, cwd=copy, env=bare, check=True, capture_output=True)
    source = copy / f"locale/id/LC_MESSAGES/{domain}.po"
    for option in ("--untranslated", "--only-fuzzy", "--only-obsolete"):
        missing = subprocess.run(
            [programs["msgattrib"], option, "--no-wrap", source],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert re.findall(r'(?m)^(?:#~ )?msgid "(.+)"', missing) == [], option


@pytest.mark.django_db
def test_a_browser_that_prefers_indonesian_gets_it() -> None:
    page = Client().get("/sign-in", headers={"accept-language": "id-ID,id;q=0.9,en;q=0.5"})
    assert '<html lang="id"' in page.content.decode()
    assert "Kata sandi" in page.content.decode()
    assert "Simpan" in Client().get("/i18n/id/catalog.js").content.decode()
    assert "Simpan" not in Client().get("/i18n/en/catalog.js").content.decode()
