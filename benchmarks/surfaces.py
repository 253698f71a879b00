"""`python -m benchmarks.surfaces`: the time that each drop-in surface adds to the native endpoint.

Every turn sends one picture through the native endpoint and through each surface, in another order
each time, so that other load on the machine, and what the call before left to do, meet all alike.
All run tier basic with the reference model, and answer with the picture; the asynchronous service
is compared with the native `async=true`, both until the picture has been downloaded. The bytes of
each picture differ, so nothing is joined or cached. Exit 1 when a surface adds more than 5 % to the
median.
"""

import argparse
import io
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from PIL import Image

from benchmarks import load, reference_model, stand

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "astronaut.jpg"
NATIVE = "/v1/background-remover/remove"
MOST = 1.05
_UNLIMITED = ("RATE_LIMIT_REMOVEBG", "RATE_LIMIT_ANONYMOUS")
_PAUSE_S = 0.01

Pool = urllib3.HTTPConnectionPool
Call = Callable[[Pool, bytes], None]


@dataclass(frozen=True)
class Way:
    """One way to have a picture cut out, and the native one that it is compared with."""

    name: str
    call: Call
    beside: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--megapixels", type=float, default=1)
    arguments = parser.parse_args()
    pictures = _pictures(arguments.megapixels)
    with tempfile.TemporaryDirectory() as folder:
        reference_model.write(Path(folder) / "u2netp.onnx")
        settings = {
            **dict.fromkeys(_UNLIMITED, stand.UNLIMITED),
            "RATE_LIMIT": "1000000",
            "COMPAT_TIER": "basic",
            "FAST_INFERENCE": "false",
            "U2NET_HOME": folder,
        }
        with stand.running(settings=settings, worker_app="benchmarks.reference_worker") as service:
            ways = _ways(service.api_key, token=_token(service))
            seconds = _measured(service, ways, pictures, arguments.turns)
    sys.exit(1 if _told(ways, seconds) > MOST else 0)


def _pictures(megapixels: float) -> Iterator[bytes]:
    """One photo of so many megapixels again and again, each time with other bytes at its end."""
    with Image.open(SAMPLE) as sample:
        factor = (megapixels * 1e6 / (sample.width * sample.height)) ** 0.5
        size = round(sample.width * factor), round(sample.height * factor)
        file = io.BytesIO()
        sample.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return (file.getvalue() + b"%08d" % number for number in itertools.count())


def _token(service: stand.Stand) -> str:
    answer = urllib3.request(
        "POST", f"{service.url}/auth/token?user_id=bench", headers={"X-API-Key": service.api_key}
    )
    token: str = answer.json()["access_token"]
    return token


def _ways(key: str, *, token: str) -> list[Way]:
    def form(path: str, field: str, headers: dict[str, str], **fields: str) -> Call:
        def call(pool: Pool, image: bytes) -> None:
            _post(pool, path, {field: ("photo.jpg", image, "image/jpeg"), **fields}, headers)

        return call

    keyed = {"X-API-Key": key}
    native = {**keyed, "Accept": "image/png"}
    bearer = {"Authorization": f"Bearer {token}"}
    json_wanted = {**keyed, "Accept": "application/json"}
    return [
        Way("native", form(NATIVE, "image", native, tier="basic"), "native"),
        Way("remove.bg", form("/v1.0/removebg", "image_file", keyed, size="auto"), "native"),
        Way(
            "remove.bg, JSON",
            form("/v1.0/removebg", "image_file", json_wanted, size="auto"),
            "native",
        ),
        Way("PhotoRoom", form("/v1/segment", "image_file", keyed), "native"),
        Way("rembg's server", form("/api/remove", "file", keyed), "native"),
        Way("microservice", form("/remove-bg", "image", keyed), "native"),
        Way("JWT service", form("/api/remove-background", "file", bearer), "native"),
        Way("native, async", _native_async(keyed), "native, async"),
        Way("asynchronous service", _async_service(keyed), "native, async"),
    ]


def _native_async(headers: dict[str, str]) -> Call:
    def call(pool: Pool, image: bytes) -> None:
        fields = {"tier": "basic", "async": "true", "image": ("photo.jpg", image, "image/jpeg")}
        job = json.loads(_post(pool, NATIVE, fields, headers, status=202))["data"]
        path = f"/v1/background-remover/jobs/{job['jobId']}"
        while (found := _got(pool, path, headers)["data"])["status"] != "completed":
            time.sleep(_PAUSE_S)
        _read(pool, urlsplit(found["processedUrl"])._replace(scheme="", netloc="").geturl())

    return call


def _async_service(headers: dict[str, str]) -> Call:
    def call(pool: Pool, image: bytes) -> None:
        fields = {"email": "a@example.com", "file": ("photo.jpg", image, "image/jpeg")}
        started = json.loads(_post(pool, "/process", fields, headers, status=202))
        number = started["processing_id"]
        while _got(pool, f"/status/{number}", {})["status"] != "completed":
            time.sleep(_PAUSE_S)
        _read(pool, f"/download/{number}")

    return call


def _post(
    pool: Pool, path: str, fields: dict[str, object], headers: dict[str, str], *, status: int = 200
) -> bytes:
    answer = pool.request("POST", path, fields=fields, headers=headers, retries=False)
    if answer.status != status:
        raise load.Refused(f"{path} {answer.status}: {answer.data[:300]!r}")
    return answer.data


def _got(pool: Pool, path: str, headers: dict[str, str]) -> dict[str, dict[str, str]]:
    answer = pool.request("GET", path, headers=headers, retries=False)
    if answer.status != 200:
        raise load.Refused(f"{path} {answer.status}: {answer.data[:300]!r}")
    found: dict[str, dict[str, str]] = answer.json()
    return found


def _read(pool: Pool, path: str) -> None:
    answer = pool.request("GET", path, retries=False)
    if answer.status != 200 or not answer.data.startswith(b"\x89PNG"):
        raise load.Refused(f"{path} {answer.status}: {answer.data[:300]!r}")


def _measured(
    service: stand.Stand, ways: list[Way], pictures: Iterator[bytes], turns: int
) -> dict[str, list[float]]:
    """Seconds of every turn by way; the first turns warm the service up and do not count."""
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    with urllib3.connection_from_url(service.url, timeout=urllib3.Timeout(90)) as pool:
        for turn in range(-2, turns):
            for way in random.Random(turn).sample(ways, len(ways)):
                image = next(pictures)
                began = time.perf_counter()
                way.call(pool, image)
                took = time.perf_counter() - began
                if turn >= 0:
                    seconds[way.name].append(took)
    return seconds


def _told(ways: list[Way], seconds: dict[str, list[float]]) -> float:
    """Print a line for each surface; returns the largest ratio of medians."""
    worst = 0.0
    print(
        "surface                 p50      native p50  ratio of p50s  median of ratios, turn by turn"
    )
    for way in ways:
        if way.name == way.beside:
            continue
        own, native = seconds[way.name], seconds[way.beside]
        ratio = statistics.median(own) / statistics.median(native)
        pairs = statistics.median(a / b for a, b in zip(own, native, strict=True))
        worst = max(worst, min(ratio, pairs))
        print(
            f"{way.name:22s} {statistics.median(own) * 1e3:6.1f} ms  "
            f"{statistics.median(native) * 1e3:8.1f} ms  {ratio:13.3f}  {pairs:10.3f}"
        )
    return worst


if __name__ == "__main__":
    main()
