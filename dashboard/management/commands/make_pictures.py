"""Make the pictures of the landing page anew from a photo, with the product's own engine."""

import io
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from PIL import Image

# How wide and high the pictures are, at most; the page shows them at half of that on sharp screens.
LARGEST = (1120, 840)
FOLDER = Path(__file__).resolve().parents[2] / "static/dashboard/pictures"


class Command(BaseCommand):
    help = "Make before.webp and after.webp of the landing page from a photo (samples/ has some)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("photo", type=Path)
        parser.add_argument("--model", default="u2net")

    def handle(self, *args: Any, **options: Any) -> None:
        before = Image.open(options["photo"]).convert("RGB")
        after = Image.open(io.BytesIO(_cut_out(options["photo"].read_bytes(), options["model"])))
        for name, picture in (("before", before), ("after", after)):
            picture.thumbnail(LARGEST)
            path = FOLDER / f"{name}.webp"
            picture.save(path, "WEBP", quality=80, method=6)
            self.stdout.write(f"{path.name}: {picture.size}, {path.stat().st_size} bytes")


def _cut_out(photo: bytes, model: str) -> bytes:
    # The runtime is loaded by this command alone, never by the web process.
    from removal.engine import registry, session  # noqa: PLC0415
    from removal.engine.pipeline import remove  # noqa: PLC0415
    from removal.engine.types import Options  # noqa: PLC0415

    predictor: Any = session.get_predictor(*registry.choose("standard", requested=model))
    recipe = registry.TIERS["standard"].recipe
    return remove(photo, Options(), predictor=predictor, recipe=recipe).data
