"""`manage.py download_model NAME`: fetch one of rembg's models into the model home."""

import argparse
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from removal.engine import registry
from removal.engine.catalogue import BUILT_IN, MODELS, ModelSpec
from removal.engine.checksums import matches


class Command(BaseCommand):
    help = "Download a model by rembg (the extra `rembg`) and check what arrived."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", choices=[name for name in MODELS if name != BUILT_IN])

    def handle(self, *args: Any, **options: Any) -> None:
        spec = MODELS[options["name"]]
        if not spec.commercial and not settings.ALLOW_NONCOMMERCIAL_MODELS:
            raise CommandError(
                f"{spec.name} forbids commercial use ({spec.licence}). "
                "Set ALLOW_NONCOMMERCIAL_MODELS=true if your use is permitted."
            )
        path = registry.locate(spec, settings.MODEL_HOME) or _download(spec)
        if not matches(path, spec.checksum):
            raise CommandError(f"{path} is not the registered file: delete it and try again")
        self.stdout.write(f"{spec.name}: {path} ({spec.licence})")


def _download(spec: ModelSpec) -> Path:
    os.environ["U2NET_HOME"] = str(settings.MODEL_HOME)
    try:
        from rembg.sessions import sessions_class  # noqa: PLC0415
    except ImportError as error:
        raise CommandError("rembg is not installed: pip install '.[rembg]'") from error
    session = next((kind for kind in sessions_class if kind.name() == spec.name), None)
    if session is None:
        raise CommandError(f"rembg does not know the model {spec.name}")
    session.download_models()
    path = registry.locate(spec, settings.MODEL_HOME)
    if path is None:
        raise CommandError(f"rembg has left no file of {spec.name} in {settings.MODEL_HOME}")
    return path
