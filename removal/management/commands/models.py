"""`manage.py models`: what can cut out here, under which licence, and why something cannot."""

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
        self.stdout.write("")
        for tier in registry.TIERS:
            self.stdout.write(f"{tier:24} {_used(tier)}")


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
