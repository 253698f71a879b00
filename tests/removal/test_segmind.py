"""The remote provider against a real HTTP server."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from removal import conf
from removal.engine.types import Recipe
from removal.providers import segmind
from removal.providers.segmind import RemoteFailed, SegmindPredictor
from tests.removal.factories import completed
from tests.removal.server import Reply, Seen, Server, serving

RGB = np.full((300, 400, 3), 200, np.uint8)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


MASK = encoded(Image.new("L", (400, 300), 255))


def predictor(url: str, **kwargs: float) -> SegmindPredictor:
    settings = {"timeout_s": 5.0, "attempts": 3, "open_after": 2, **kwargs}
    return SegmindPredictor(
        conf.Segmind(
            url=f"{url}/v1/bg-removal-v2",
            api_key="secret",
            tiers=frozenset({"basic"}),
            **settings,  # type: ignore[arg-type]
        )
    )


def in_turn(*replies: Reply) -> Callable[[Seen], Reply]:
    """Each reply once, and the last one for ever."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_sends_the_key_and_a_small_picture() -> None:
    with serving(lambda _: Reply(body=MASK)) as server:
        predictor(server.url).predict(np.zeros((3000, 4000, 3), np.uint8), Recipe())
    [request] = server.seen
    assert (request.method, request.path) == ("POST", "/v1/bg-removal-v2")
    assert request.headers["x-api-key"] == "secret"
    body = json.loads(request.body)
    assert body["type"] == "mask"
    with Image.open(io.BytesIO(base64.b64decode(body["image"]))) as picture:
        assert max(picture.size) == 1024


def test_reads_a_grey_mask() -> None:
    with serving(lambda _: Reply(body=MASK)) as server:
        alpha = predictor(server.url).predict(RGB, Recipe())
    assert alpha.shape == (300, 400)
    assert alpha.dtype == np.float32
    assert alpha.min() == 1.0


def test_reads_the_alpha_of_a_cutout() -> None:
    cutout = encoded(Image.new("RGBA", (400, 300), (255, 255, 255, 51)), "WEBP")
    with serving(lambda _: Reply(body=cutout)) as server:
        alpha = predictor(server.url).predict(RGB, Recipe())
    assert alpha.max() == pytest.approx(0.2, abs=0.01)


def test_passing_trouble_is_ridden_out() -> None:
    with serving(in_turn(Reply(500), Reply(503), Reply(body=MASK))) as server:
        predictor(server.url).predict(RGB, Recipe())
    assert len(server.seen) == 3


@pytest.mark.parametrize("reply", [Reply(401), Reply(406), Reply(body=b"words"), Reply(302)])
def test_lasting_trouble_is_not_repeated(reply: Reply) -> None:
    with serving(lambda _: reply) as server, pytest.raises(RemoteFailed):
        predictor(server.url).predict(RGB, Recipe())
    assert len(server.seen) == 1


def test_silence_counts_as_trouble() -> None:
    def slow(_: Seen) -> Reply:
        time.sleep(0.5)
        return Reply(body=MASK)

    with serving(slow) as server, pytest.raises(RemoteFailed):
        predictor(server.url, timeout_s=0.1, attempts=1).predict(RGB, Recipe())


def test_open_circuit_asks_nobody() -> None:
    with serving(lambda _: Reply(500)) as server:
        remote = predictor(server.url, attempts=1)
        for _ in range(4):
            with pytest.raises(RemoteFailed):
                remote.predict(RGB, Recipe())
    assert len(server.seen) == 2


@contextmanager
def configured(settings: Settings, answer: Callable[[Seen], Reply]) -> Iterator[Server]:
    with serving(answer) as server:
        settings.SEGMIND_API_KEY = "secret"
        settings.SEGMIND_TIERS = ["basic"]
        settings.SEGMIND_URL = f"{server.url}/v1/bg-removal-v2"
        segmind.predictor_for.cache_clear()
        yield server


@pytest.mark.django_db
def test_job_says_that_it_was_remote(owner: User, settings: Settings) -> None:
    with configured(settings, lambda _: Reply(body=MASK)):
        job = completed(owner, tier="basic")
    assert (job.ai_provider, job.model_name) == ("segmind", "bg-removal-v2")


@pytest.mark.django_db
def test_job_falls_back_to_a_local_model_and_says_so(owner: User, settings: Settings) -> None:
    with configured(settings, lambda _: Reply(403)) as server:
        job = completed(owner, tier="basic")
    assert len(server.seen) == 1
    assert (job.status, job.ai_provider, job.model_name) == ("completed", "local", "lumiku-lite")


@pytest.mark.django_db
def test_other_tiers_stay_here(owner: User, settings: Settings) -> None:
    with configured(settings, lambda _: Reply(body=MASK)) as server:
        assert completed(owner, tier="standard").ai_provider == "local"
    assert server.seen == []
