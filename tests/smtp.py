"""A mail server in a thread, which knows no mailbox of some address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer

from django.test import override_settings


@contextmanager
def mail_server(*, unknown: str, refusal: str = "550 no such mailbox") -> Iterator[list[str]]:
    """All mail goes through it; yields whom it took mail for."""
    with _Server(unknown, refusal) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=server.server_address[1],
        ):
            yield server.taken
        server.shutdown()
        thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, unknown: str, refusal: str) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.unknown, self.refusal = unknown, refusal
        self.taken: list[str] = []


class _Conversation(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.say("220 here")
        while words := self.hear():
            self.say(self.answer(words))
            if words.upper() == "DATA":
                while self.hear() != ".":
                    pass
                self.say("250 taken")

    def answer(self, words: str) -> str:
        if words.upper() == "DATA":
            return "354 go on"
        if words.upper().startswith("RCPT"):
            address = words.partition("<")[2].rstrip(">")
            if address == self.server.unknown:
                return self.server.refusal
            self.server.taken.append(address)
        return "250 fine"

    def hear(self) -> str:
        return self.rfile.readline().decode().rstrip("\r\n")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
