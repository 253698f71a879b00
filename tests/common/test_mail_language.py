"""The language of mails: each text has an Indonesian one, and each reader gets their own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from accounts import mail
from accounts.services import erasure
from billing.mails.kinds import KINDS
from billing.models.mails import MailKind
from common.mail import messages, outbox, preferences
from common.mail.messages import Rendered
from tests.accounts.factories import UserFactory
from tests.accounts.http import run_mails
from tests.dashboard.test_translations import MAILS, catalogue_of, translations

TEMPLATES = sorted(Path(settings.ROOT).glob("*/templates/*/mail/*"))
TRANSLATED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
MARKUP = re.compile(r"{%.*?%}|{{.*?}}|<!?[a-z/].*?>", re.DOTALL)
# What reads the same in every language.
NAMES = ("Lumiku Background Remover", "/admin/second-factor/")
NOTICE = KINDS[MailKind.CREDITS_LOW]


def name_of(template: Path) -> str:
    return template.relative_to(settings.ROOT).as_posix()


def rendered(name: str, language: str) -> Rendered:
    with translation.override(language):
        example = messages.previews()[name]()
        return messages.render(example, to="me@example.com", unsubscribe_url="https://x.example")


def without_placeholders() -> Iterator[str]:
    """The English texts of all mails that read otherwise in Indonesian, and hold no figures."""
    for app in MAILS:
        for source, text in translations(catalogue_of(app, "django")).items():
            if source != text and "%(" not in source:
                yield source


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_has_no_text_outside_of_its_translations(template: Path) -> None:
    left = MARKUP.sub("", TRANSLATED.sub("", template.read_text()))
    for name in NAMES:
        left = left.replace(name, "")
    assert re.findall(r"[A-Za-z]+", left) == []


def test_the_templates_are_found() -> None:
    assert len(TEMPLATES) == 2 * 15 + 3


@pytest.mark.parametrize("name", messages.previews())
def test_an_indonesian_mail_has_no_english_text(name: str) -> None:
    shown = rendered(name, "id")
    english = rendered(name, "en")
    assert shown.subject != english.subject
    assert '<html lang="id">' in shown.html
    assert '<html lang="en">' in english.html
    for part in (shown.subject, shown.text, shown.html):
        assert [text for text in without_placeholders() if text in part] == []


@pytest.mark.parametrize("name", messages.previews())
def test_both_languages_tell_the_same_figures(name: str) -> None:
    def figures(mail: Rendered) -> list[str]:
        return sorted(re.findall(r"\d+", re.sub(r"signature=\S+", "", mail.subject + mail.text)))

    assert figures(rendered(name, "id")) == figures(rendered(name, "en"))


def test_dates_follow_the_language() -> None:
    assert "18 Januari 2025, 10:30 UTC" in rendered("export-ready", "id").text
    assert "18 January 2025, 10:30 UTC" in rendered("export-ready", "en").text


@pytest.mark.django_db
def test_each_reader_gets_their_language_from_the_same_worker() -> None:
    for language in ("id", None, "en", "id"):
        user = UserFactory()
        if language:
            preferences.change(user_id=user.pk, language=language)
        outbox.put(NOTICE, user_id=user.pk, context={"available": 3}, now=timezone.now())
    before = translation.get_language()
    subjects = [sent.subject for sent in run_mails()]
    indonesian, english = "Kredit Lumiku Anda hampir habis", "You are running out of Lumiku credits"
    assert subjects == [indonesian, english, english, indonesian]
    assert translation.get_language() == before


@pytest.mark.django_db
def test_a_change_of_the_language_counts_for_mails_that_wait() -> None:
    user = UserFactory()
    outbox.put(mail.PASSWORD_CHANGED, user_id=user.pk, now=timezone.now())
    preferences.change(user_id=user.pk, language="id")
    [sent] = run_mails()
    assert "baru saja diubah" in sent.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject"),
    [("id", "Akun Lumiku Anda telah dihapus"), ("en", "Your Lumiku account was erased")],
)
def test_the_mail_after_an_erasure_is_in_the_language_that_the_account_had(
    language: str, subject: str
) -> None:
    user = UserFactory()
    preferences.change(user_id=user.pk, language=language)
    erasure.erase_account(user=user, by=user, reason="", now=timezone.now())
    erasure.run()
    assert [sent.subject for sent in run_mails()] == [subject]


@pytest.mark.django_db
def test_a_title_of_a_notice_stays_english_in_the_api() -> None:
    user = UserFactory()
    preferences.change(user_id=user.pk, language="id")
    titles = [notice.title for notice in preferences.notices(user_id=user.pk)]
    assert "Credits are running low" in titles
