"""`manage.py cutout IN [-o OUT]`: the engine without any service, for a file or a folder."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from common.http.errors import ApiError
from removal import conf, keys, options
from removal.engine import pipeline, registry
from removal.engine.errors import EngineError
from removal.engine.headers import ACCEPTED
from removal.engine.predictor import Predictor
from removal.engine.probe import EXTENSIONS
from removal.engine.types import Cutout, Options, OutputFormat
from removal.options import OptionFields
from removal.presets import services as presets
from removal.presets.catalogue import BUILT_IN
from removal.presets.merging import merged
from removal.providers import selection

SUFFIXES = frozenset({*(f".{name}" for name in EXTENSIONS.values()), ".jpeg", ".heif", ".tif"})


class Command(BaseCommand):
    help = "Cut out one image, or every image of a folder. Needs no service."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="an image or a folder")
        parser.add_argument("target", type=Path, nargs="?", help="a file or a folder")
        parser.add_argument("-o", "--output", type=Path, help="the same as target")
        parser.add_argument("--tier", choices=[*registry.TIERS], default="basic")
        parser.add_argument("--model", choices=[*registry.MODELS])
        parser.add_argument("--workers", type=int, default=2, help="images at a time (folders)")
        parser.add_argument(
            "--format", choices=[*OutputFormat], help="default: that of OUT, or png"
        )
        parser.add_argument("--preset", help="output options by name, such as amazon")
        parser.add_argument("--account", help="e-mail address of the account that has the preset")
        parser.add_argument("--bg-color")
        parser.add_argument("--bg-image", type=Path)
        parser.add_argument("--crop", action="store_true")
        parser.add_argument("--crop-margin")
        parser.add_argument("--scale", type=float)
        parser.add_argument("--quality", type=int)
        parser.add_argument("--mask-only", action="store_true")
        parser.add_argument("--clean-mask", action="store_true")
        parser.add_argument("--canvas", help="2000x2000, 4:5 or original")
        parser.add_argument("--fill", help="share of the canvas, such as 85%%")
        parser.add_argument("--padding", help="instead of --fill: one, two or four lengths")
        parser.add_argument("--align", help="center, bottom, top left, or 50%% 100%%")
        parser.add_argument("--shadow", help="none, soft, or an opacity such as 30%%")
        parser.add_argument("--dpi", type=int)

    def handle(self, *args: Any, **given: Any) -> None:
        source: Path = given["source"]
        target: Path | None = given["output"] or given["target"]
        if not source.exists():
            raise CommandError(f"{source} does not exist")
        try:
            predictor = selection.local_predictor(given["tier"], requested=given["model"])
            if source.is_dir():
                self._folder(source, target, _options(given, None), predictor, given)
            else:
                self._file(source, target, _options(given, target), predictor, given["tier"])
        except EngineError as error:
            raise CommandError(f"{source}: {error.message}") from error

    def _file(
        self, source: Path, target: Path | None, wanted: Options, predictor: Predictor, tier: str
    ) -> None:
        cutout = pipeline.remove(
            source.read_bytes(),
            wanted,
            predictor=predictor,
            recipe=registry.TIERS[tier].recipe,
            limits=conf.limits(),
        )
        target = target or source.with_name(keys.download_name(source.name, cutout.extension))
        if target.is_dir():
            target = target / keys.download_name(source.name, cutout.extension)
        target.write_bytes(cutout.data)
        milliseconds = cutout.timings_ms["total"]
        self.stdout.write(
            f"{target}: {cutout.width} × {cutout.height}, {len(cutout.data):,} bytes, "
            f"{milliseconds:.0f} ms by {predictor.name} ({predictor.engine})"
        )

    def _folder(
        self,
        source: Path,
        target: Path | None,
        wanted: Options,
        predictor: Predictor,
        given: dict[str, Any],
    ) -> None:
        if target is None:
            raise CommandError("say which folder takes the results: cutout IN/ OUT/")
        target.mkdir(parents=True, exist_ok=True)
        photos = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
        if not photos:
            raise CommandError(f"{source} holds no {ACCEPTED}")
        outcomes = pipeline.remove_many(
            _contents(photos),
            wanted,
            predictor=predictor,
            recipe=registry.TIERS[given["tier"]].recipe,
            limits=conf.limits(),
            workers=max(given["workers"], 1),
        )
        failed = 0
        places = zip(photos, _results(target, photos, wanted.format), outcomes, strict=True)
        with tqdm(places, total=len(photos), unit="image") as progress:
            for photo, path, outcome in progress:
                if isinstance(outcome, Cutout):
                    path.write_bytes(outcome.data)
                else:
                    failed += 1
                    progress.write(f"{photo.name}: {outcome.message}")
        self.stdout.write(f"{len(photos) - failed} of {len(photos)} images are in {target}")
        if failed:
            raise CommandError(f"{failed} could not be read", returncode=1)


def _options(given: dict[str, Any], target: Path | None) -> Options:
    suffix = target.suffix.lower().lstrip(".").replace("jpeg", "jpg") if target else ""
    implied = suffix if suffix in set(OutputFormat) else None
    chosen = {name: given[name] for name in options.NAMES if given.get(name)}
    if form := given["format"] or implied:
        chosen["format"] = form
    if given["bg_image"]:
        chosen["bg_image"] = given["bg_image"]
    fields = merged(_preset(given["preset"], given["account"]), chosen)
    background = given["bg_image"].read_bytes() if given["bg_image"] else None
    return options.build(fields, background_image=background)


def _preset(name: str | None, account: str | None) -> OptionFields:
    """Built-in presets need no database; those of an account do."""
    if not name:
        return {}
    owner = None
    if account:
        owner = get_user_model().objects.filter(email__iexact=account).first()
        if owner is None:
            raise CommandError(f"there is no account of {account}")
    elif name not in BUILT_IN:
        raise CommandError(
            f"{name!r} is not built in; use one of {', '.join(BUILT_IN)}, or --account"
        )
    try:
        return presets.of_name(user_id=owner.pk if owner else None, name=name)
    except ApiError as error:
        raise CommandError(error.message) from None


def _contents(photos: Sequence[Path]) -> Iterator[bytes]:
    return (photo.read_bytes() for photo in photos)


def _results(target: Path, photos: Sequence[Path], extension: str) -> list[Path]:
    """One path per photo; two photos may differ by their extension or by case alone."""
    taken: set[str] = set()
    paths = []
    for photo in photos:
        name = keys.download_name(photo.name, extension)
        if name.casefold() in taken:
            name = keys.download_name(f"{photo.stem}-{photo.suffix[1:]}.", extension)
        taken.add(name.casefold())
        paths.append(target / name)
    return paths
