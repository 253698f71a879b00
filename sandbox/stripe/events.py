"""Events and the webhook endpoints that they are sent to."""

from sandbox.stripe.errors import invalid
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import all_of, by_id, lists, page_of_newest
from sandbox.stripe.params import (
    Params,
    boolean,
    list_of,
    merged,
    metadata,
    shape,
    text,
)
from sandbox.stripe.store import Object
from sandbox.stripe.world import World, fresh_id

_EVENTS = "/v1/events"
_PATH = "/v1/webhook_endpoints"
_UPDATE = shape(
    description=text,
    disabled=boolean,
    enabled_events=list_of(text),
    metadata=metadata,
    url=text,
)
_CREATE = shape(
    "url",
    "enabled_events",
    description=text,
    enabled_events=list_of(text),
    metadata=metadata,
    url=text,
    api_version=text,
)


def add_endpoint(
    world: World, url: str, *, secret: str, events: list[str], endpoint_id: str | None = None
) -> Object:
    """Create a webhook endpoint; its signing secret is stored separately and shown once."""
    endpoint = world.new(
        "we_",
        "webhook_endpoint",
        api_version=None,
        application=None,
        description=None,
        enabled_events=events,
        metadata={},
        status="enabled",
        url=url,
    )
    if endpoint_id:
        world.store.remove(endpoint["id"])
        endpoint = world.store.add({**endpoint, "id": endpoint_id})
    world.store.add({"id": f"secret_{endpoint['id']}", "object": "sandbox.secret", "value": secret})
    return endpoint


def secret_of(world: World, endpoint: Object) -> str:
    """The signing secret of an endpoint's deliveries."""
    return str(world.get("sandbox.secret", f"secret_{endpoint['id']}")["value"])


def set_default_endpoint(world: World, url: str, secret: str) -> None:
    """Set the endpoint that the server was started with; it replaces that of an earlier start."""
    endpoint_id = "we_default"
    if world.store.find(endpoint_id):
        world.store.remove(endpoint_id)
        world.store.remove(f"secret_{endpoint_id}")
    add_endpoint(world, url, secret=secret, events=["*"], endpoint_id=endpoint_id)


def _create(world: World, p: Params) -> Object:
    _check_url(p["url"])
    secret = fresh_id("whsec_")
    endpoint = add_endpoint(world, p["url"], secret=secret, events=p["enabled_events"])
    endpoint["description"] = p.get("description")
    endpoint["metadata"] = p.get("metadata", {})
    return {**endpoint, "secret": secret}


def _update(world: World, p: Params, endpoint_id: str) -> Object:
    endpoint = world.get("webhook_endpoint", endpoint_id)
    if "url" in p:
        _check_url(p["url"])
    plain = ("description", "enabled_events", "url")
    endpoint.update({name: p[name] for name in plain if name in p})
    endpoint["metadata"] = merged(endpoint["metadata"], p.get("metadata"))
    if "disabled" in p:
        endpoint["status"] = "disabled" if p["disabled"] else "enabled"
    return endpoint


def _delete(world: World, _p: Params, endpoint_id: str) -> Object:
    world.get("webhook_endpoint", endpoint_id)
    world.store.remove(endpoint_id)
    world.store.remove(f"secret_{endpoint_id}")
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise invalid("Invalid URL: an explicit scheme must be provided.", param="url")


def _list_events(world: World, p: Params) -> Object:
    found = (one for one in world.store.newest("event") if _is_wanted(one["type"], p))
    return page_of_newest(found, p, url=_EVENTS)


def _is_wanted(name: str, p: Params) -> bool:
    stem, star, _ = p.get("type", "*").partition("*")
    return (name.startswith(stem) if star else name == stem) and name in p.get("types", [name])


FAMILY = Family(
    routes=(
        Route("GET", _EVENTS, _list_events, lists(type=text, types=list_of(text))),
        Route("GET", f"{_EVENTS}/{{}}", by_id("event")),
        Route("POST", _PATH, _create, _CREATE),
        Route("GET", _PATH, all_of("webhook_endpoint", _PATH), lists()),
        Route("GET", f"{_PATH}/{{}}", by_id("webhook_endpoint")),
        Route("POST", f"{_PATH}/{{}}", _update, _UPDATE),
        Route("DELETE", f"{_PATH}/{{}}", _delete),
    )
)
