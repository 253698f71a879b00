"""Cut-outs of photos through the HTTP API, as any client would make them."""

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import urllib3

_REMOVE = "/api/background-remover/remove"
_JOBS = "/api/background-remover/jobs"
_POSE = "/api/background-remover/integrations/pose-generator/auto-remove"
_POLL_S = 1.0
_GIVE_UP_S = 600.0
_CONNECTED_S = 60.0
_TIMEOUT = urllib3.Timeout(connect=5, read=180)


class Refused(Exception):
    """The API refused; the message is the API's own."""


@dataclass(frozen=True)
class Result:
    """One photo, cut out and saved."""

    saved: Path
    width: int
    height: int
    credits: int
    milliseconds: int
    model: str


class Client:
    """A client of the API at `base_url`, authenticated by `api_key`."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        self._base_url = base_url
        self._headers = {"X-API-Key": api_key}
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.clear()

    def cut_out(self, photo: Path, *, tier: str, target: Path) -> Result:
        """Sends `photo` and saves the cut-out as `target` with the suffix that fits.

        Raises `Refused`, `OSError` or `urllib3.exceptions.HTTPError`.
        """
        job = self._job(self._remove(photo, tier=tier))
        metadata = job.get("metadata") or {}
        return Result(
            saved=self._download(job["processedUrl"], target=target),
            width=int(metadata.get("width") or 0),
            height=int(metadata.get("height") or 0),
            credits=int(job.get("creditsUsed") or 0),
            milliseconds=int(job.get("processingTimeMs") or 0),
            model=str(job.get("modelName") or "?"),
        )

    def cut_out_pose(self, image_id: str, *, tier: str, folder: Path) -> Path:
        """Have an image of the Pose Generator cut out and save it in `folder`; returns where.

        It waits until the partner is connected. Raises as `cut_out` does.
        """
        deadline = time.monotonic() + _CONNECTED_S
        while True:
            response = self._http.request(
                "POST",
                self._base_url + _POSE,
                json={"generatedImageId": image_id, "tier": tier},
                headers=self._headers,
            )
            if response.status != 404 or time.monotonic() > deadline:
                break
            time.sleep(_POLL_S)
        job = self._job(str(_data(response, _json(response))["jobId"]))
        return self._download(job["processedUrl"], target=folder / f"{image_id}-removed")

    def _remove(self, photo: Path, *, tier: str) -> str:
        """Start a removal and return the job's id. It waits when the rate limit or a late answer
        requires it.
        """
        fields: dict[str, str | tuple[str, bytes]] = {
            "image": (photo.name, photo.read_bytes()),
            "tier": tier,
        }
        headers = {**self._headers, "Idempotency-Key": str(uuid.uuid4())}
        deadline = time.monotonic() + _GIVE_UP_S
        while True:
            response = self._http.request(
                "POST", self._base_url + _REMOVE, fields=fields, headers=headers
            )
            if response.status != 429 or time.monotonic() > deadline:
                break
            time.sleep(float(response.headers.get("Retry-After", "5")))
        body = _json(response)
        late = (body.get("error") or {}).get("details") or {}
        if response.status == 503 and isinstance(late, dict) and late.get("jobId"):
            return str(late["jobId"])
        return str(_data(response, body)["jobId"])

    def _job(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + _GIVE_UP_S
        while True:
            response = self._http.request(
                "GET", f"{self._base_url}{_JOBS}/{job_id}", headers=self._headers
            )
            job = _data(response, _json(response))
            if job["status"] == "completed":
                return job
            if job["status"] in ("failed", "cancelled") or time.monotonic() > deadline:
                reason = job.get("error") or job.get("errorMessage") or "no reason given"
                raise Refused(f"job {job_id} is {job['status']}: {reason}")
            time.sleep(_POLL_S)

    def _download(self, url: str, *, target: Path) -> Path:
        response = self._http.request("GET", self._base_url + url, headers=self._headers)
        if response.status != 200:
            # The answer explains why there is no cut-out.
            _data(response, _json(response))
        saved = target.with_name(target.name + PurePosixPath(urlsplit(url).path).suffix)
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_bytes(response.data)
        return saved


def _json(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(f"the server answered {response.status} without JSON")
    return body


def _data(response: urllib3.BaseHTTPResponse, body: dict[str, Any]) -> dict[str, Any]:
    """The `data` of an answer. Raises `Refused` with the API's message when it is an error."""
    error = body.get("error")
    if response.status >= 400 or not isinstance(body.get("data"), dict):
        message = error.get("message") if isinstance(error, dict) else error
        raise Refused(f"{message or 'unexpected answer'} (HTTP {response.status})")
    data: dict[str, Any] = body["data"]
    return data


def targets(photos: Sequence[Path], folder: Path) -> list[tuple[Path, Path]]:
    """Photos, each with the path without suffix for its cut-out; no two paths are the same."""
    used: Counter[str] = Counter()
    pairs: list[tuple[Path, Path]] = []
    for photo in photos:
        used[photo.stem] += 1
        number = f"-{used[photo.stem]}" if used[photo.stem] > 1 else ""
        pairs.append((photo, folder / f"{photo.stem}{number}-removed"))
    return pairs
