"""The mail sink, through Python's own mail client."""

import smtplib
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from sandbox import application
from sandbox.ports import reserve
from sandbox.process import Process
from sandbox.watchdog import Watchdog


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    watchdog = Watchdog()
    with reserve() as listener:
        mail = application.mail(listener, tmp_path / "mail")
        process = Process(mail.child, watchdog=watchdog, output=sys.stderr.fileno())
        yield mail.port
        process.stop()
    watchdog.close()


def test_a_message_becomes_a_file(port: int, tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Grüße"
    message.set_content("first line\n.a line that starts with a dot\n")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)
        client.send_message(message)
    kept = sorted((tmp_path / "mail").glob("*.eml"))
    assert len(kept) == 2
    received = message_from_bytes(kept[0].read_bytes(), policy=policy.default)
    assert received["Subject"] == "Grüße"
    assert received.get_content().splitlines() == [
        "first line",
        ".a line that starts with a dot",
    ]


def test_data_without_a_recipient_is_refused(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.helo()
        client.mail("a@example.com")
        assert client.docmd("DATA")[0] == 503
