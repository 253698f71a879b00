from io import StringIO

import pytest
from django.core import mail as outbox
from django.core.management import CommandError, call_command

from common.mail import messages


def preview(*arguments: str) -> str:
    out = StringIO()
    call_command("preview_email", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", messages.previews())
def test_every_example_renders_in_text_and_html(name: str) -> None:
    rendered = messages.render(messages.previews()[name](), to="somebody@example.com")
    assert rendered.subject
    assert "Lumiku" in rendered.text
    assert "</html>" in rendered.html
    assert "{%" not in rendered.text + rendered.html
    assert "&lt;" not in rendered.text


def test_a_mail_goes_out_in_both_forms() -> None:
    messages.send(messages.previews()["batch-completed"](), to="somebody@example.com")
    [message] = outbox.outbox
    assert message.to == ["somebody@example.com"]
    assert "98 of 100" in message.body
    assert isinstance(message, outbox.EmailMultiAlternatives)
    assert message.alternatives[0][1] == "text/html"


def test_a_subject_is_one_line() -> None:
    message = messages.Message("accounts/mail/password_changed", "One\r\nBcc: all@example.com")
    assert messages.render(message, to="x@example.com").subject == "One Bcc: all@example.com"


def test_the_command_lists_and_prints_examples() -> None:
    assert "batch-completed" in preview().splitlines()
    assert "Subject: Your 98 images are ready" in preview("batch-completed")
    assert preview("batch-completed", "--html").startswith("<!doctype html>")


def test_the_command_prints_an_example_in_a_language() -> None:
    assert "Subject: 98 gambar Anda sudah siap" in preview("batch-completed", "--language", "id")
    page = preview("batch-completed", "--html", "--language", "id")
    assert '<html lang="id">' in page
    with pytest.raises(CommandError, match="invalid choice"):
        preview("batch-completed", "--language", "fr")


def test_the_command_names_what_it_knows() -> None:
    with pytest.raises(CommandError, match="batch-completed"):
        preview("batch-unheard-of")
