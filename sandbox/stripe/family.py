"""The interface of an object family's module: its routes and its views."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.stripe.params import NOTHING, Shape
from sandbox.stripe.store import Object
from sandbox.stripe.views import View

# A handler receives the world, the checked parameters, and the path's variable parts.
Handler = Callable[..., Object]


@dataclass(frozen=True)
class Route:
    """A route; `path` is that of Stripe's reference, with `{}` for each variable part."""

    method: str
    path: str
    handler: Handler
    accepts: Shape = NOTHING
    # A browser may call it with the publishable key and the object's client secret.
    by_client: bool = False

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """The variable parts of a matching path, or None."""
        if method != self.method:
            return None
        pattern = re.escape(self.path).replace(r"\{\}", r"([^/]+)")
        found = re.fullmatch(pattern, path)
        return found.groups() if found else None


@dataclass(frozen=True)
class Family:
    """The routes and views of one kind of object and its dependent kinds."""

    routes: tuple[Route, ...]
    views: Mapping[str, View] = field(default_factory=dict)
