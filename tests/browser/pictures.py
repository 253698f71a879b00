"""Picture files for the browser tests."""

import base64
import io
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from sandbox.application import ROOT

CAT = ROOT / "samples" / "chelsea.jpg"


def photos(folder: Path, count: int) -> list[Path]:
    """Photos with a subject in them, no two of the same bytes."""
    photo = CAT.read_bytes()
    # What follows the end of a JPEG is no part of the picture.
    return _written(folder, [photo + bytes([number]) for number in range(count)])


def small(folder: Path, count: int) -> list[Path]:
    """Small pictures of a disc, each in a colour of its own."""
    return _written(folder, [_disc(number) for number in range(count)])


def _written(folder: Path, contents: list[bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"picture-{number:03d}.jpg" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def _disc(number: int) -> bytes:
    picture = Image.new("RGB", (96, 72), (245, 245, 240))
    colour = (number * 37 % 200, number * 11 % 200, number * 71 % 200)
    ImageDraw.Draw(picture).ellipse((24, 12, 72, 60), fill=colour)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def handed_over(page: Page, event: str, count: int = 1) -> bool:
    """Drop photos on the page, or paste them; returns whether the browser deals with them."""
    photo = base64.b64encode(CAT.read_bytes()).decode()
    left: bool = page.evaluate(
        """([kind, photo, count]) => {
            const bytes = Uint8Array.from(atob(photo), (one) => one.charCodeAt(0));
            const files = new DataTransfer();
            for (let number = 0; number < count; number += 1) {
                files.items.add(new File([bytes], `cat-${number}.jpg`, { type: "image/jpeg" }));
            }
            const options = { bubbles: true, cancelable: true };
            const event = kind === "drop"
                ? new DragEvent("drop", { ...options, dataTransfer: files })
                : new ClipboardEvent("paste", { ...options, clipboardData: files });
            return document.body.dispatchEvent(event);
        }""",
        [event, photo, count],
    )
    return left
