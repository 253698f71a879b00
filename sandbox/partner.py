"""A reference partner application: `python -m sandbox.partner FD`, where FD is the number of an
inherited listening socket.

It speaks the four partners' protocols over real HTTP with the photos of `samples/`, checks the
token of every request and the signature of every result posted to it, and keeps both for
`GET /received`. docs/partners.md describes the protocols.

    GET  /projects/{id}/avatars       12 avatars; proj_empty has none, proj_crowd has 501
    GET  /carousels/{id}/slides       6 slides
    GET  /generated-images/{id}       one image
    POST /upscale?factor=2            the posted image, enlarged
    GET  /images/{name}               a photo
    GET  /health                      {"status": "ok"}
    POST /results                     a signed result
    GET  /received                    the results so far
"""

import base64
import hashlib
import hmac
import io
import json
import os
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from PIL import Image

_ROOT = Path(__file__).resolve().parent.parent
_MAX_BODY = 64 * 1024 * 1024
_COUNTS = {"proj_empty": 0, "proj_single": 1, "proj_crowd": 501}
_KEPT = 100


@dataclass
class State:
    """The secrets, the photos, and the results that were posted."""

    token: str
    webhook_secret: str
    photos: tuple[Path, ...] = tuple(sorted((_ROOT / "samples").glob("*.jpg")))
    received: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Server(ThreadingHTTPServer):
    """The HTTP server on a listening socket."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, state: State) -> None:
        self.state = state
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        match _parts(self.path):
            case ["health"]:
                self._json(200, {"status": "ok"})
            case ["images", name]:
                self._image(name)
            case _ if not self._has_token():
                self._json(401, {"error": "The token is missing or wrong"})
            case ["projects", project, "avatars"]:
                self._json(200, self._images(project, "avatar", _COUNTS.get(project, 12)))
            case ["carousels", carousel, "slides"]:
                self._json(200, self._images(carousel, "slide", _COUNTS.get(carousel, 6)))
            case ["generated-images", image]:
                self._json(200, {"id": image, "imageUrl": self._address(0)})
            case ["received"]:
                self._json(200, self.server.state.received)
            case _:
                self._json(404, {"error": "There is nothing at this address"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _MAX_BODY:
            self.close_connection = True
            self._json(413, {"error": "The body is too large"})
            return
        body = self.rfile.read(length)
        match _parts(self.path):
            case ["results"]:
                self._keep(body)
            case _ if not self._has_token():
                self._json(401, {"error": "The token is missing or wrong"})
            case ["upscale"]:
                factor = int(parse_qs(urlsplit(self.path).query).get("factor", ["2"])[0])
                self._send(200, enlarged(body, min(max(factor, 1), 4)), "image/png")
            case _:
                self._json(404, {"error": "There is nothing at this address"})

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing; results are kept instead."""

    def _has_token(self) -> bool:
        wanted = f"Bearer {self.server.state.token}"
        return hmac.compare_digest(self.headers.get("Authorization", "").encode(), wanted.encode())

    def _images(self, whole: str, kind: str, count: int) -> list[dict[str, str]]:
        return [
            {
                "id": f"{whole}-{kind}-{number}",
                "imageUrl": self._address(number),
                "filename": f"{kind}-{number}.jpg",
            }
            for number in range(1, count + 1)
        ]

    def _address(self, number: int) -> str:
        photos = self.server.state.photos
        return f"http://{self.headers['Host']}/images/{photos[number % len(photos)].name}"

    def _image(self, name: str) -> None:
        found = next((photo for photo in self.server.state.photos if photo.name == name), None)
        if found is None:
            self._json(404, {"error": "There is no such image"})
        else:
            self._send(200, found.read_bytes(), "image/jpeg")

    def _keep(self, body: bytes) -> None:
        state = self.server.state
        headers = {name.lower(): value for name, value in self.headers.items()}
        fits = verified(headers, body, secret=state.webhook_secret)
        with state.lock:
            state.received.append(
                {
                    "id": headers.get("webhook-id"),
                    "verified": fits,
                    "body": json.loads(body) if fits else None,
                }
            )
            del state.received[:-_KEPT]
        self._json(200 if fits else 401, {"received": fits})

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def enlarged(image: bytes, factor: int) -> bytes:
    """The picture with both sides multiplied by `factor`, as PNG."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(image)) as picture:
        width, height = picture.size
        larger = picture.resize((width * factor, height * factor), Image.Resampling.BICUBIC)
        larger.save(file, "PNG")
    return file.getvalue()


def verified(headers: Mapping[str, str], body: bytes, *, secret: str) -> bool:
    """True if one of the signatures is right (Standard Webhooks: HMAC-SHA-256, `v1,<base64>`)."""
    signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.digest(key, signed + body, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one, f"v1,{digest}") for one in given)


def _parts(path: str) -> list[str]:
    return [unquote(part) for part in urlsplit(path).path.strip("/").split("/")]


if __name__ == "__main__":
    Server(
        socket.socket(fileno=int(sys.argv[1])),
        State(
            token=os.environ["SANDBOX_PARTNER_TOKEN"],
            webhook_secret=os.environ["SANDBOX_PARTNER_WEBHOOK_SECRET"],
        ),
    ).serve_forever()
