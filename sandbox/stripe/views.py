"""Rendering of stored objects: computed fields, `expand`, lists."""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.stripe.errors import invalid
from sandbox.stripe.store import Object, Store

# A function that computes a field which is not stored with the object.
Field = Callable[[Any, Object], Any]
_MAX_DEPTH = 4


@dataclass(frozen=True)
class View:
    """The computed fields of a kind: `always` are part of every answer, `on_request` only when
    `expand` names them.
    """

    always: Mapping[str, Field] = field(default_factory=dict)
    on_request: Mapping[str, Field] = field(default_factory=dict)


Views = Mapping[str, View]


class HasStore(Protocol):
    """The part of the world that rendering needs; computed fields receive the world itself."""

    @property
    def store(self) -> Store:
        """All objects."""


_PLAIN = View()


def listing(url: str, data: Iterable[Object], *, has_more: bool = False, **extra: Any) -> Object:
    """A list object."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url, **extra}


def render(world: HasStore, views: Views, body: Object, expand: Sequence[str] = ()) -> Object:
    """A copy of `body` with its computed fields, and with the ids in `expand` replaced.

    Raises `ApiError` for a path that does not exist.
    """
    for path in expand:
        if path.count(".") >= _MAX_DEPTH:
            raise invalid("You cannot expand more than 4 levels of a property", param="expand")
    return _Renderer(world, views).mapping(body, expand)


@dataclass(frozen=True)
class _Renderer:
    world: HasStore
    views: Views

    def mapping(self, body: Object, expand: Sequence[str]) -> Object:
        """Render `body`, which may be an object, a list object, or a hash inside one."""
        view = self.views.get(body.get("object", ""), _PLAIN)
        wanted = _grouped(expand)
        members = body.get("data")
        shown = {name: copy.deepcopy(value) for name, value in body.items() if name != "data"}
        if isinstance(members, list):
            shown["data"] = self.value(members, wanted.pop("data", []), "data")
        elif "data" in body:
            # An event keeps the object as it was rendered at its time.
            shown["data"] = copy.deepcopy(body["data"])
        for name, look_up in view.always.items():
            shown[name] = self.value(look_up(self.world, body), wanted.pop(name, []), name)
        for name, paths in wanted.items():
            shown[name] = self._expanded(view, body, name, paths)
        return shown

    def value(self, value: Any, expand: Sequence[str], name: str) -> Any:
        """Render a value. Nested objects are rendered in full; ids are not, unless `_expanded`
        asked for it.
        """
        if isinstance(value, list):
            return [self.value(member, expand, name) for member in value]
        if isinstance(value, dict):
            return self.mapping(value, expand)
        if expand and value is not None:
            raise _unexpandable(name)
        return value

    def _expanded(self, view: View, body: Object, name: str, paths: Sequence[str]) -> Any:
        if name in view.on_request:
            return self.value(view.on_request[name](self.world, body), paths, name)
        if name not in body:
            raise _unexpandable(name)
        return self._resolved(body[name], paths, name)

    def _resolved(self, value: Any, paths: Sequence[str], name: str) -> Any:
        if isinstance(value, list):
            return [self._resolved(member, paths, name) for member in value]
        if value is None:
            return None
        if isinstance(value, dict):
            return self.mapping(value, paths)
        target = self.world.store.find(value) if isinstance(value, str) else None
        if target is None or name == "id":
            raise _unexpandable(name)
        return self.mapping(target, paths)


def _grouped(expand: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for path in expand:
        head, _, rest = path.partition(".")
        groups[head].extend([rest] if rest else [])
    return groups


def _unexpandable(name: str) -> Exception:
    return invalid(f"This property cannot be expanded ({name}).", param="expand")
