"""Check of the model that an API key pins.

The keys lie in an app that knows no models, so `settings.PINNABLE_MODELS` names the function that
lists them.
"""

from collections.abc import Callable, Sequence
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from common.http.errors import InvalidInput


def check(name: str) -> None:
    """Raises InvalidInput (400), which names the models, for one that no tier uses.

    An empty name pins nothing. A model that is not installed may be pinned ahead of its download.
    """
    names = cast(Callable[[], Sequence[str]], import_string(settings.PINNABLE_MODELS))()
    if name and name not in names:
        complaint = f"No tier uses a model of this name; use one of {', '.join(names)}"
        raise InvalidInput(
            f"model: {complaint}", details={"fields": {"model": [complaint]}, "models": [*names]}
        )
