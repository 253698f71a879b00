"""Pages of a list, newest first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.params import PAGING, Kind, Params, Shape
from sandbox.stripe.store import Object
from sandbox.stripe.views import listing
from sandbox.stripe.world import World

_DEFAULT = 10
_MAX = 100


def lists(*required: str, **filters: Kind) -> Shape:
    """The parameters of a list endpoint; `expand` comes with every endpoint."""
    return Shape(fields={**PAGING, **filters}, required=required)


def all_of(kind: str, url: str, *fields: str) -> Callable[[World, Params], Object]:
    """A handler that lists the objects of a kind, filtered by equality of `fields`."""

    def handler(world: World, p: Params) -> Object:
        found = world.store.select(kind, **{name: p[name] for name in fields if name in p})
        return page(found, p, url=url)

    return handler


def by_id(kind: str) -> Callable[[World, Params, str], Object]:
    """A handler that retrieves one object of a kind."""

    def handler(world: World, _p: Params, object_id: str) -> Object:
        return world.get(kind, object_id)

    return handler


def page(found: Sequence[Object], p: Params, *, url: str) -> Object:
    """One page of `found`, which is oldest first. Raises `ApiError` for an invalid limit or
    cursor.
    """
    return page_of_newest(reversed(found), p, url=url)


def page_of_newest(found: Iterable[Object], p: Params, *, url: str) -> Object:
    """One page of objects that come newest first; it reads no more of them than the page needs."""
    limit = p.get("limit", _DEFAULT)
    if not 1 <= limit <= _MAX:
        raise invalid(f"Invalid limit: must be between 1 and {_MAX}", param="limit")
    if "starting_after" in p and "ending_before" in p:
        raise invalid("You may give only one of: starting_after, ending_before.")
    newest = (one for one in found if _within(one.get("created", 0), p.get("created")))
    if "ending_before" in p:
        before = _until(newest, p["ending_before"], "ending_before")
        return listing(url, before[-limit:], has_more=len(before) > limit)
    if "starting_after" in p:
        _until(newest, p["starting_after"], "starting_after")
    rest = list(islice(newest, limit + 1))
    return listing(url, rest[:limit], has_more=len(rest) > limit)


def _until(found: Iterator[Object], object_id: str, param: str) -> list[Object]:
    """The objects before that one, which is consumed too."""
    before: list[Object] = []
    for one in found:
        if one["id"] == object_id:
            return before
        before.append(one)
    raise missing("object", object_id, param=param)


def _within(created: int, window: dict[str, Any] | None) -> bool:
    bounds = window or {}
    return bool(
        created > bounds.get("gt", -1)
        and created >= bounds.get("gte", 0)
        and created < bounds.get("lt", created + 1)
        and created <= bounds.get("lte", created)
    )
