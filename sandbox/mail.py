"""A mail server that delivers nothing: every message becomes an .eml file in a folder.

`python -m sandbox.mail FD FOLDER` serves an inherited listening socket, by its number.
"""

import asyncio
import itertools
import socket
import sys
import time
from pathlib import Path

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
_LINE_LIMIT = 1024 * 1024
_counter = itertools.count(1)


class _Session:
    """One SMTP session (RFC 5321, with the commands that mail clients use)."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path
    ) -> None:
        self._reader, self._writer, self._folder = reader, writer, folder
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._reply("220 sandbox mail sink")
        while line := await self._reader.readline():
            words = line.decode("utf-8", "replace").strip()
            verb = words.partition(" ")[0].upper()
            if verb == "QUIT":
                await self._reply("221 Bye")
                return
            if verb == "DATA" and self._recipients:
                await self._reply(await self._receive())
            else:
                await self._reply(self._answer(verb, words))

    def _answer(self, verb: str, words: str) -> str:
        match verb:
            case "EHLO":
                return f"250-sandbox\r\n250-8BITMIME\r\n250 SIZE {MAX_MESSAGE_BYTES}"
            case "MAIL" | "RSET":
                self._recipients.clear()
            case "RCPT":
                self._recipients.append(words)
            case "HELO" | "NOOP":
                pass
            case "DATA":
                return "503 Say RCPT first"
            case _:
                return "500 Unknown command"
        return "250 OK"

    async def _receive(self) -> str:
        await self._reply("354 End with a line that holds only a dot")
        content = bytearray()
        while (line := await self._reader.readline()).rstrip(b"\r\n") != b".":
            if not line:
                raise ConnectionResetError
            content += line[1:] if line.startswith(b".") else line
            if len(content) > MAX_MESSAGE_BYTES:
                raise ConnectionResetError
        self._recipients.clear()
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(_counter):03d}.eml"
        (self._folder / name).write_bytes(content)
        print(f"kept {name}", flush=True)
        return "250 Kept"

    async def _reply(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()


async def serve(listener: socket.socket, folder: Path) -> None:
    """Serve until cancelled; creates `folder` if it is missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Session(reader, writer, folder).run()
        except (ConnectionError, ValueError) as problem:
            print(f"a connection broke off: {problem!r}", flush=True)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, sock=listener, limit=_LINE_LIMIT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
