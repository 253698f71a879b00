"""Segmind's hosted background removal as a predictor.

Request: `POST <url>` with the header `x-api-key` and JSON `{"image": <base64 JPEG>, "type":
"mask"}`; the answer is an encoded image. Both a grey mask and a cut-out with alpha are understood.
See https://www.segmind.com/models/bg-removal-v2/api.
"""

import base64
import io
import json
from functools import lru_cache
from typing import Any

import numpy as np
import urllib3
from numpy.typing import NDArray
from PIL import Image
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from common.outbound.breaker import Breaker
from removal import conf
from removal.engine.types import Recipe

NAME = "segmind"
_SIDE = 1024
_MAX_ANSWER = 32 * 1024 * 1024
_WORTH_RETRYING = frozenset({408, 425, 429, 500, 502, 503, 504})


class RemoteFailed(Exception):
    """The provider gave no usable mask; a local model has to find the subject."""


class _Passing(RemoteFailed):
    """A failure that may be gone the next moment."""


class SegmindPredictor:
    """Predictor that calls the hosted model. Safe to call from several threads."""

    def __init__(self, config: conf.Segmind) -> None:
        self.config = config
        self.name = config.model
        self.engine = NAME
        self.breaker = Breaker(open_after=config.open_after, reopen_s=config.reopen_s)
        self._pool = urllib3.PoolManager(maxsize=4, retries=False)

    def input_side(self, recipe: Recipe) -> int:
        return _SIDE

    def predict(self, rgb: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.float32]:
        """The remote service's mask; raises RemoteFailed, at once while the circuit is open."""
        if not self.breaker.allows():
            raise RemoteFailed("the circuit is open")
        body = json.dumps({"image": _encoded(rgb), "type": "mask"}).encode()
        try:
            alpha = self._with_retries(body)
        except RemoteFailed:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return alpha

    def _with_retries(self, body: bytes) -> NDArray[np.float32]:
        retrying = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(self.config.attempts) | stop_after_delay(self.config.timeout_s),
            wait=wait_random_exponential(multiplier=0.2, max=3),
            reraise=True,
        )
        return retrying(self._ask, body)

    def _ask(self, body: bytes) -> NDArray[np.float32]:
        try:
            with self._pool.request(
                "POST",
                self.config.url,
                body=body,
                headers={"x-api-key": self.config.api_key, "Content-Type": "application/json"},
                timeout=urllib3.Timeout(total=self.config.timeout_s),
                redirect=False,
                preload_content=False,
            ) as response:
                data = response.read(_MAX_ANSWER + 1)
        except urllib3.exceptions.HTTPError as error:
            raise _Passing(f"no answer: {type(error).__name__}") from error
        if response.status in _WORTH_RETRYING:
            raise _Passing(f"answered {response.status}")
        if response.status != 200 or len(data) > _MAX_ANSWER:
            raise RemoteFailed(f"answered {response.status} with {len(data)} bytes")
        return _decoded(data)


@lru_cache(maxsize=1)
def predictor_for(config: conf.Segmind) -> SegmindPredictor:
    """One predictor per process, so that its circuit breaker counts all calls."""
    return SegmindPredictor(config)


def _encoded(rgb: NDArray[np.uint8]) -> str:
    picture = Image.fromarray(rgb)
    picture.thumbnail((_SIDE, _SIDE), reducing_gap=2.0)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _decoded(data: bytes) -> NDArray[np.float32]:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if max(picture.size) > 4 * _SIDE:
                raise RemoteFailed("the mask is far larger than what was sent")
            return _alpha(picture)
    except RemoteFailed:
        raise
    except Exception as error:
        # Pillow lets more than its own exceptions escape on damaged data.
        raise RemoteFailed("the answer is not an image") from error


def _alpha(picture: Any) -> NDArray[np.float32]:
    has_alpha = picture.has_transparency_data
    band = picture.convert("RGBA").getchannel("A") if has_alpha else picture.convert("L")
    return np.asarray(band, dtype=np.float32) / np.float32(255)
