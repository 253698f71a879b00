"""`python -m benchmarks.rembg_surface`: the same requests to `rembg s` and to `/api/remove`.

Both run `u2netp` with its real weights, which have to lie in `U2NET_HOME` (default `~/.u2net`).
Compared are the statuses and, where both answer with a mask, the masks: intersection over union at
half opacity, and the mean difference. Where we answer 400 on purpose and `rembg s` fails (500) or
overlooks it (200), the line says so. Exit 1 when a status differs otherwise, or a mask falls short.
`bin/bench rembg_surface` runs it with rembg; by hand, `REMBG` is the path of its program.
"""

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import urllib3
from numpy.typing import NDArray
from PIL import Image

from benchmarks import stand
from sandbox.ports import accepts, free_port

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
WEIGHTS = Path(os.environ.get("U2NET_HOME") or Path.home() / ".u2net")
LEAST_IOU = 0.99
_ROTATED = 0x0112, 6
_LARGE = 4_000_000
_MODEL = {"model": "u2netp"}


@dataclass(frozen=True)
class Case:
    """One request; `purpose` says why our status is another one, where it is meant to be."""

    name: str
    method: str = "POST"
    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes | None = None
    purpose: str = ""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def main() -> None:
    program = os.environ.get("REMBG", "")
    if not program or not (WEIGHTS / "u2netp.onnx").exists():
        sys.exit(f"Needs rembg (its program in REMBG) and {WEIGHTS}/u2netp.onnx; see bin/bench")
    settings = {"COMPAT_TIER": "basic", "FAST_INFERENCE": "false", "U2NET_HOME": str(WEIGHTS)}
    with stand.running(settings=settings) as service, _rembg_server(program) as rembg:
        key = {"X-Api-Key": service.api_key}
        kept = [_compared(case, service.url, key, rembg) for case in _cases()]
    sys.exit(0 if all(kept) else 1)


def _cases() -> Iterator[Case]:
    for name, picture in _pictures():
        yield Case(f"{name}, mask", form={"om": "true", **_MODEL}, file=picture)
    photo = (SAMPLES / "astronaut.jpg").read_bytes()
    yield Case("cut-out", form=_MODEL, file=photo)
    yield Case("cut-out, ppm", form={"ppm": "true", **_MODEL}, file=photo)
    matting = {"a": "true", "af": "240", "ab": "10", "ae": "10"}
    yield Case("cut-out, matting", form={**matting, **_MODEL}, file=photo)
    yield Case("cut-out, dc", form={"dc": "1", **_MODEL}, file=photo)
    yield Case("cut-out, bgc", query="?bgc=0,255,0,255", form=_MODEL, file=photo)
    yield Case("nothing to find", form=_MODEL, file=_png(Image.new("RGB", (96, 64), "white")))
    yield Case("no file", form=_MODEL)
    yield Case("no address", method="GET")
    yield Case("private address", method="GET", query="?url=http://127.0.0.1/a.jpg&model=u2netp")
    yield Case("no web address", method="GET", query="?url=file:///etc/passwd&model=u2netp")
    for fields in ({"a": "perhaps"}, {"af": "256"}, {"ab": "-1"}, {"ae": "ten"}, {"model": "yolo"}):
        [(name, value)] = fields.items()
        yield Case(f"{name}={value}", form={**_MODEL, **fields}, file=photo)
    yield Case("extras", query="?extras=%7B%7D", form=_MODEL, file=photo)
    yield Case("extras={", query="?extras=%7B", form=_MODEL, file=photo, purpose="no JSON")
    yield Case("bgc=red", query="?bgc=red", form=_MODEL, file=photo, purpose="no colour")
    yield Case("no picture", form=_MODEL, file=b"plain text", purpose="no picture")
    yield Case("empty file", form=_MODEL, file=b"", purpose="no picture")
    yield Case("DELETE", method="DELETE")


def _pictures() -> Iterator[tuple[str, bytes]]:
    for path in sorted(SAMPLES.glob("*.jpg")):
        yield path.stem, path.read_bytes()
        with Image.open(path) as photo:
            photo.load()
        yield f"{path.stem}, turned", _jpeg(photo, turned=True)
        yield f"{path.stem}, grey PNG", _png(photo.convert("L"))
        factor = (_LARGE / (photo.width * photo.height)) ** 0.5
        size = round(photo.width * factor), round(photo.height * factor)
        yield f"{path.stem}, 4 MP", _jpeg(photo.resize(size, Image.Resampling.BICUBIC))


def _jpeg(picture: Image.Image, *, turned: bool = False) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    if turned:
        # Stored lying on its side, with the note that says so.
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[_ROTATED[0]] = _ROTATED[1]
    picture.save(file, "JPEG", quality=92, exif=exif)
    return file.getvalue()


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _compared(case: Case, ours: str, key: dict[str, str], theirs: str) -> bool:
    """Send the request to both and print a line; whether they agree as they should."""
    own, other = _sent(case, ours, key), _sent(case, theirs, {})
    line = f"{case.name:26s} rembg {other.status}  ours {own.status}"
    if case.purpose:
        print(f"{line}  on purpose: {case.purpose}", flush=True)
        return own.status == 400
    kept = own.status == other.status
    if kept and own.status == 200:
        kept = own.content_type == other.content_type == "image/png"
    if kept and case.form.get("om"):
        iou, difference = _agreement(_mask(own.body), _mask(other.body))
        line += f"  IoU {iou:.4f}  mean difference {difference:.4f}"
        kept = iou >= LEAST_IOU
    print(line if kept else f"{line}  DIFFERS", flush=True)
    return kept


def _sent(case: Case, host: str, headers: dict[str, str]) -> Answer:
    fields: dict[str, object] = dict(case.form)
    if case.file is not None:
        fields["file"] = ("photo.jpg", case.file, "image/jpeg")
    body = {"fields": fields} if case.method == "POST" else {}
    answer = urllib3.request(
        case.method,
        f"{host}/api/remove{case.query}",
        headers=headers,
        retries=False,
        timeout=urllib3.Timeout(300),
        **body,  # type: ignore[arg-type]
    )
    return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.data)


def _mask(png: bytes) -> NDArray[np.float32]:
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float32) / 255


def _agreement(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float]:
    """Intersection over union at half opacity, and the mean absolute difference."""
    assert one.shape == other.shape
    inside, outside = one >= 0.5, other >= 0.5
    union = np.count_nonzero(inside | outside)
    iou = np.count_nonzero(inside & outside) / union if union else 1.0
    return iou, float(np.abs(one - other).mean())


@contextmanager
def _rembg_server(program: str) -> Iterator[str]:
    port = free_port()
    command = [program, "s", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    environment = {**os.environ, "U2NET_HOME": str(WEIGHTS)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while not accepts(port):
                if server.poll() is not None:
                    sys.exit(f"rembg s ended with {server.returncode}")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
