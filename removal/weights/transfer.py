"""A file fetched over HTTP into a partial file, which a later call goes on with."""

import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from removal.weights.errors import DownloadFailed

Progress = Callable[[int, int], None]

_CHUNK = 256 * 1024
_SILENCE_S = 30.0
_TRIES = 5
_PAUSE_S = 1.0
_NOT_SATISFIABLE = 416
# What other programs read, too: the certificates of a proxy that looks into HTTPS.
_CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def fetch(url: str, partial: Path, progress: Progress) -> None:
    """Download `url` to `partial`, going on where an earlier call was cut off.

    `progress` is called with the bytes that are there and the total (0 if unknown). Proxies are
    taken from the environment. Raises DownloadFailed once several tries in a row brought nothing.
    """
    failed = 0
    while failed < _TRIES:
        before = _size(partial)
        try:
            _go_on(url, partial, progress)
            return
        except urllib.error.HTTPError as error:
            if error.code == _NOT_SATISFIABLE and before:
                partial.unlink()
                continue
            raise DownloadFailed(f"{_host(url)} answered {error.code}") from error
        except (http.client.HTTPException, ConnectionError, TimeoutError, urllib.error.URLError):
            failed = 0 if _size(partial) > before else failed + 1
        if 0 < failed < _TRIES:
            time.sleep(_PAUSE_S * 2 ** (failed - 1))
    raise DownloadFailed(
        f"{_host(url)} does not answer; {_size(partial):,} bytes are kept for the next try"
    )


def _go_on(url: str, partial: Path, progress: Progress) -> None:
    have = _size(partial)
    request = urllib.request.Request(url, headers={"User-Agent": "lumiku"})  # noqa: S310
    if have:
        request.add_header("Range", f"bytes={have}-")
    with (
        urllib.request.urlopen(request, timeout=_SILENCE_S, context=_trust()) as answer,  # noqa: S310
        partial.open("ab" if answer.status == http.HTTPStatus.PARTIAL_CONTENT else "wb") as file,
    ):
        have = file.tell()
        announced = answer.headers.get("Content-Length")
        total = have + int(announced) if announced else 0
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            have += len(chunk)
            progress(have, total)
        if total and have < total:
            raise http.client.IncompleteRead(b"", total - have)


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    for name in _CERTIFICATES:
        if (bundle := os.environ.get(name)) and Path(bundle).is_file():
            context.load_verify_locations(bundle)
    return context


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _host(url: str) -> str:
    return url.split("/")[2]
