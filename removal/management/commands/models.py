"""`manage.py models`: installed models, their licences, and why one cannot be used."""

import argparse
from textwrap import fill
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from removal.engine import registry
from removal.engine.checksums import checksum
from removal.engine.errors import ModelUnavailable
from removal.weights import inventory
from removal.weights.inventory import Entry, State


class Command(BaseCommand):
    help = "List the models, their licences, and which one each tier uses on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--verify",
            action="store_true",
            help="check and load every model that is here; exit 1 when one is not usable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            self._verify()
            return
        for entry in inventory.entries():
            self.stdout.write(f"{entry.spec.name:24} {entry.state:34} {entry.spec.licence}")
            self._explain(entry.spec.note)
        self.stdout.write("")
        for name, tier in registry.TIERS.items():
            self.stdout.write(f"{name:24} {inventory.used(name) or 'unavailable'}")
            self._explain(tier.description)

    def _explain(self, words: str) -> None:
        if words:
            margin = " " * 25
            self.stdout.write(fill(words, 100, initial_indent=margin, subsequent_indent=margin))

    def _verify(self) -> None:
        here = [entry for entry in inventory.entries() if entry.path]
        bad = [entry.spec.name for entry in here if not self._is_usable(entry)]
        if bad:
            raise CommandError(f"not usable: {', '.join(bad)}", returncode=1)

    def _is_usable(self, entry: Entry) -> bool:
        """Print the verdict on an installed model. One that no tier may use counts as usable."""
        assert entry.path is not None  # noqa: S101 (only installed ones are asked)
        verdict = str(entry.state)
        if entry.state is State.PRESENT:
            verdict = _loaded(entry)
        self.stdout.write(f"{entry.spec.name:24} {verdict}")
        self.stdout.write(f"{'':24} {checksum(entry.path)}  {entry.path}")
        if entry.state is State.DIFFERENT:
            self._explain(
                f"`manage.py download_model {entry.spec.name} --replace` brings the registered "
                f"file; ALLOW_UNKNOWN_MODELS={entry.spec.name}=CHECKSUM accepts this one."
            )
        return entry.state is State.FORBIDDEN or verdict.startswith("works")


def _loaded(entry: Entry) -> str:
    """Load the model and let it compute one picture; what came of it."""
    # The engine needs an inference runtime, which `manage.py models` does without.
    from removal.engine import agreement, session  # noqa: PLC0415
    from removal.engine.types import Recipe  # noqa: PLC0415

    assert entry.path is not None  # noqa: S101
    try:
        predictor = session.load(
            entry.spec,
            entry.path,
            threads=settings.INFERENCE_THREADS,
            fast=settings.FAST_INFERENCE,
        )
        predictor.predict(agreement.probes()[0], Recipe())
    except ModelUnavailable as error:
        return error.message
    return f"works, on {predictor.engine}"
