"""The models that a caller may request: those that a tier may use and that are installed.

Web processes may run on other machines than workers, so the models that workers report
count besides those that lie here.
"""

from collections.abc import Sequence

from redis.exceptions import RedisError

from common.http.errors import InvalidInput
from removal import conf, worker_registry
from removal.engine import registry
from removal.options import OptionFields


def installed(tier: str) -> Sequence[str]:
    """The models of a tier that can be had, first choice first."""
    here = {spec.name for spec, _ in registry.candidates(tier, **conf.models())}
    found = here | _told(tier)
    return [name for name in registry.TIERS[tier].models if name in found]


def usual(tier: str) -> str:
    """The models that would answer for a tier now, joined by "+"; empty where none is known."""
    return "+".join(registry.together(registry.TIERS[tier], installed(tier)))


def pinnable() -> Sequence[str]:
    """The models that some tier uses, each once; `settings.PINNABLE_MODELS` names this function."""
    return [*dict.fromkeys(name for tier in registry.TIERS.values() for name in tier.models)]


def check(*, tier: str, fields: OptionFields) -> None:
    """Raises InvalidInput (400), which names the installed models, for one that cannot be had."""
    wanted = fields.get("model")
    if not wanted:
        return
    offered = installed(tier)
    if wanted not in offered:
        raise InvalidInput(
            f"The model {wanted} is not to be had in the tier {tier}; use {', '.join(offered)}",
            details={"field": "model", "tier": tier, "installed": [*offered]},
        )


def _told(tier: str) -> set[str]:
    try:
        return {name for process in worker_registry.present() for name in process.models_of(tier)}
    except RedisError:
        return set()
