"""Bodies of requests that are never whole in memory."""

import secrets
from collections.abc import Iterator, Sequence

from lumiku.sources import Source

Part = tuple[str, str | Source]


class Form:
    """A multipart form of known length, in chunks; files are read while it is sent."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._boundary = secrets.token_hex(16)
        self._parts = [(self._head(name, value), value) for name, value in parts]
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def size(self) -> int:
        return sum(len(head) + _size(value) + 2 for head, value in self._parts) + len(self._end)

    def chunks(self) -> Iterator[bytes]:
        for head, value in self._parts:
            yield head
            if isinstance(value, str):
                yield value.encode()
            else:
                yield from value.chunks()
            yield b"\r\n"
        yield self._end

    def _head(self, name: str, value: str | Source) -> bytes:
        lines = [f"--{self._boundary}", f'Content-Disposition: form-data; name="{name}"']
        if isinstance(value, Source):
            lines[1] += f'; filename="{_quoted(value.name)}"'
            lines.append(f"Content-Type: {value.content_type}")
        return "\r\n".join([*lines, "", ""]).encode()


def _size(value: str | Source) -> int:
    return len(value.encode()) if isinstance(value, str) else value.size


def _quoted(name: str) -> str:
    """A file name as browsers write it into forms (the HTML standard, multipart/form-data)."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
