"""Make the sprite of icons anew from Lucide's package; needs `npm` and a network."""

import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from dashboard import icons

SPRITE = Path(__file__).resolve().parents[2] / "static/dashboard/icons.svg"
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class Command(BaseCommand):
    help = "Make static/dashboard/icons.svg anew, with the icons that dashboard/icons.py names."

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            wanted = f"{icons.PACKAGE}@{icons.VERSION}"
            subprocess.run(["npm", "pack", "--silent", wanted], cwd=folder, check=True)
            [package] = Path(folder).glob("*.tgz")
            with tarfile.open(package) as archive:
                archive.extractall(folder, filter="data")
            SPRITE.write_text(_sprite(Path(folder) / "package"))
        self.stdout.write(f"{len(icons.NAMES)} icons")


def _sprite(package: Path) -> str:
    licence = (package / "LICENSE").read_text().strip().replace("--", "—")
    symbols = [
        f'<symbol id="{name}" viewBox="0 0 24 24">{_shapes(package / f"icons/{name}.svg")}</symbol>'
        for name in icons.NAMES
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    about = f"<!-- Lucide {icons.VERSION}\n\n{licence}\n-->"
    return "\n".join([head, about, *symbols, "</svg>", ""])


def _shapes(path: Path) -> str:
    found = _INNER.search(path.read_text())
    if found is None:
        raise ValueError(f"{path.name} holds no picture")
    return re.sub(r"\s+", " ", found[1]).strip().replace(" />", "/>").replace("> <", "><")
