"""The downloadable models with their real weights: they load, and their masks are rembg's."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from removal.engine import runtimes
from removal.engine.agreement import overlap
from removal.engine.batching import Batcher
from removal.engine.catalogue import MODELS
from removal.engine.pipeline import remove
from removal.engine.resizes import rewritten
from removal.engine.runtimes import OnnxPredictor
from removal.engine.session import get_predictor
from removal.engine.types import Options, Recipe
from tests.removal.engine.factories import Array, opened
from tests.removal.real_models import PATIENCE_S, ROOT, real_model, rembg_python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S)]

NAMES = ("u2netp", "u2net")
PHOTOS = sorted((ROOT / "samples").glob("*.jpg"))
# Their own code and the real weights; alpha matting, which is not used, is not compiled.
REMBG = """
import pathlib, sys, rembg
from PIL import Image
name, out, *photos = sys.argv[1:]
session = rembg.new_session(name)
for photo in map(pathlib.Path, photos):
    with Image.open(photo) as image:
        mask = rembg.remove(image, session=session, only_mask=True)
        mask.save(pathlib.Path(out, f"{photo.stem}.png"))
"""


@pytest.mark.parametrize("name", NAMES)
def test_the_real_file_loads_rewritten_and_finds_the_subject(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = real_model(name)
    model = rewritten(path)
    assert model is not None
    assert b"pytorch_half_pixel" not in model
    opened: list[str | bytes] = []
    session = runtimes._session

    def noted(model: str | bytes, *given: Any) -> Any:
        opened.append(model)
        return session(model, *given)

    monkeypatch.setattr(runtimes, "_session", noted)
    predictor = OnnxPredictor(MODELS[name], path)
    assert opened == [str(path), model]
    with Image.open(ROOT / "samples" / "astronaut.jpg") as photo:
        alpha = predictor.predict(np.asarray(photo), Recipe())
    assert 0.3 < (alpha > 0.5).mean() < 0.8


def test_the_real_file_computes_several_pictures_in_a_run() -> None:
    path = real_model("u2netp")
    alone, together = (OnnxPredictor(MODELS["u2netp"], path, batch=batch) for batch in (1, 2))
    assert isinstance(together._run, Batcher)
    with Image.open(ROOT / "samples" / "astronaut.jpg") as photo:
        pixels = np.asarray(photo)
    with ThreadPoolExecutor(4) as pool:
        masks = list(pool.map(lambda _: together.predict(pixels, Recipe()), range(4)))
    expected = alone.predict(pixels, Recipe())
    assert all(overlap(mask, expected) >= 0.999 for mask in masks)


@pytest.mark.parametrize("name", NAMES)
def test_the_real_file_agrees_with_rembg(name: str, tmp_path: Path) -> None:
    path = real_model(name)
    environment = {**os.environ, "U2NET_HOME": str(path.parent), "NUMBA_DISABLE_JIT": "1"}
    subprocess.run(
        [rembg_python(), "-c", REMBG, name, tmp_path, *PHOTOS], env=environment, check=True
    )
    predictor = get_predictor(MODELS[name], path)
    for photo in PHOTOS:
        cutout = remove(
            photo.read_bytes(), Options(mask_only=True), predictor=predictor, recipe=Recipe()
        )
        with Image.open(tmp_path / f"{photo.stem}.png") as theirs:
            assert overlap(_alpha(opened(cutout.data)), _alpha(np.asarray(theirs))) >= 0.99


def _alpha(mask: Array) -> Array:
    return mask.astype(np.float32) / 255
