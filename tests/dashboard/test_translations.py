"""The Indonesian catalogues of pages and mails: whole, compiled, with the same placeholders."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from dashboard import navigation
from tests.programs import require

DASHBOARD = Path(navigation.__file__).parent
APPS = [folder.parent for folder in settings.LOCALE_PATHS]
CATALOGUES = [(app, "django") for app in APPS] + [(DASHBOARD, "djangojs")]
MAILS = [app for app in APPS if app != DASHBOARD]
NAMES = [f"{app.name}-{domain}" for app, domain in CATALOGUES]
each_catalogue = pytest.mark.parametrize(("app", "domain"), CATALOGUES, ids=NAMES)
_PLACEHOLDER = re.compile(r"%\(\w+\)s")


def catalogue_of(app: Path, domain: str, ending: str = "mo") -> Path:
    return app / f"locale/id/LC_MESSAGES/{domain}.{ending}"


def translations(compiled: Path) -> dict[str, str]:
    """The texts of a compiled catalogue by their sources; of a plural, by its singular."""
    with compiled.open("rb") as file:
        catalogue = vars(gettext.GNUTranslations(file))["_catalog"]
    named = {key[0] if isinstance(key, tuple) else key: text for key, text in catalogue.items()}
    return {source: text for source, text in named.items() if source}


def test_the_settings_name_every_catalogue() -> None:
    assert {*APPS} == {folder.parent for folder in Path(settings.ROOT).glob("*/locale")}


@each_catalogue
def test_translations_have_the_placeholders_of_their_sources(app: Path, domain: str) -> None:
    found = translations(catalogue_of(app, domain))
    assert found
    # The Indonesian form stands for singular and plural; only the plural names the days.
    found.pop("%(credits)s in the last day", None)
    for source, text in found.items():
        assert text
        assert {*_PLACEHOLDER.findall(text)} == {*_PLACEHOLDER.findall(source)}, source


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_no_other_app_translates_a_text_in_another_way(app: Path) -> None:
    with translation.override("id"):
        for source, text in translations(catalogue_of(app, "django")).items():
            # A text with a plural is found by `ngettext` only.
            shown = {translation.gettext(source), translation.ngettext(source, source, 2)}
            assert text in shown, source


@pytest.mark.parametrize("app", MAILS, ids=lambda app: app.name)
def test_scripts_of_pages_translate_texts_of_mails_in_the_same_way(app: Path) -> None:
    found, scripts = (
        translations(catalogue_of(*catalogue))
        for catalogue in ((app, "django"), (DASHBOARD, "djangojs"))
    )
    shared = found.keys() & scripts.keys()
    assert {text: found[text] for text in shared} == {text: scripts[text] for text in shared}


@pytest.mark.system
@each_catalogue
def test_the_compiled_catalogue_is_that_of_its_source(
    app: Path, domain: str, tmp_path: Path
) -> None:
    program = require("msgfmt")["msgfmt"]
    compiled = tmp_path / f"{domain}.mo"
    source = catalogue_of(app, domain, "po")
    subprocess.run([program, "--check", "-o", compiled, source], check=True)
    assert translations(compiled) == translations(catalogue_of(app, domain))


@pytest.mark.system
@each_catalogue
def test_every_text_is_translated(app: Path, domain: str, tmp_path: Path) -> None:
    """Extracted anew from a copy of the app; a new or changed text has to be translated."""
    programs = require("msgattrib", "xgettext")
    copy = tmp_path / app.name
    shutil.copytree(app, copy, ignore=shutil.ignore_patterns("__pycache__"))
    extract = [sys.executable, "-m", "django", "makemessages", "-l", "id", "-d", domain]
    # Without settings the command reads the folder that it runs in, and nothing else.
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(extract, cwd=copy, env=bare, check=True, capture_output=True)
    source = catalogue_of(copy, domain, "po")
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
