"""`manage.py models`: what can cut out here, under which licence, and why something cannot."""

from textwrap import fill
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from removal.engine import registry
from removal.engine.catalogue import ModelSpec
from removal.engine.checksums import matches
from removal.engine.errors import ModelUnavailable


class Command(BaseCommand):
    help = "List the models, their licences, and which one each tier uses on this machine."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for spec in registry.MODELS.values():
            self.stdout.write(f"{spec.name:24} {_state(spec):34} {spec.licence}")
            self._explain(spec.note)
        self.stdout.write("")
        for name, tier in registry.TIERS.items():
            self.stdout.write(f"{name:24} {_used(name)}")
            self._explain(tier.description)

    def _explain(self, words: str) -> None:
        if words:
            margin = " " * 25
            self.stdout.write(fill(words, 100, initial_indent=margin, subsequent_indent=margin))


def _state(spec: ModelSpec) -> str:
    if not spec.commercial and not settings.ALLOW_NONCOMMERCIAL_MODELS:
        return "not allowed (no commercial use)"
    path = registry.locate(spec, settings.MODEL_HOME)
    if path is None:
        return "absent"
    return "present" if matches(path, spec.checksum) else "present, but the checksum differs"


def _used(tier: str) -> str:
    try:
        spec, _ = registry.choose(
            tier,
            model_home=settings.MODEL_HOME,
            allow_noncommercial=settings.ALLOW_NONCOMMERCIAL_MODELS,
        )
    except ModelUnavailable as error:
        return f"unavailable: {error.message}"
    return spec.name
