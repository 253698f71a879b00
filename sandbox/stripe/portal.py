"""Billing portal sessions, and the one configuration that they use."""

from sandbox.stripe.errors import missing
from sandbox.stripe.family import Family, Route
from sandbox.stripe.listing import by_id, lists, page
from sandbox.stripe.params import Params, choice, shape, text
from sandbox.stripe.store import Object
from sandbox.stripe.world import World

_PATH = "/v1/billing_portal/sessions"
_CONFIGURATIONS = "/v1/billing_portal/configurations"
_DEFAULT = "bpc_default"
_KIND = "billing_portal.configuration"
_FLOW = shape(
    "type",
    type=choice("payment_method_update", "subscription_cancel"),
    subscription_cancel=shape("subscription", subscription=text),
)
_CREATE = shape(
    "customer",
    configuration=text,
    customer=text,
    flow_data=_FLOW,
    locale=text,
    return_url=text,
)


def _create(world: World, p: Params) -> Object:
    customer = world.get("customer", p["customer"], param="customer")
    configuration = p.get("configuration", _DEFAULT)
    if configuration != _default(world)["id"]:
        raise missing(_KIND, configuration, param="configuration")
    session = world.new(
        "bps_",
        "billing_portal.session",
        configuration=configuration,
        customer=customer["id"],
        customer_account=None,
        flow=_flow(p["flow_data"]) if "flow_data" in p else None,
        locale=p.get("locale"),
        on_behalf_of=None,
        return_url=p.get("return_url"),
    )
    session["url"] = f"{world.settings.base_url}/p/session/{session['id']}"
    return session


def _flow(given: Params) -> Object:
    cancels = given.get("subscription_cancel")
    return {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": None,
            "type": "portal_homepage",
        },
        "subscription_cancel": (
            {"retention": None, "subscription": cancels["subscription"]} if cancels else None
        ),
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": given["type"],
    }


def _default(world: World) -> Object:
    found = world.store.find(_DEFAULT)
    if found:
        return found
    now = world.now()
    return world.store.add(
        {
            "id": _DEFAULT,
            "object": _KIND,
            "active": True,
            "application": None,
            "business_profile": {
                "headline": None,
                "privacy_policy_url": None,
                "terms_of_service_url": None,
            },
            "created": now,
            "default_return_url": None,
            "features": _features(),
            "is_default": True,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": {},
            "name": None,
            "updated": now,
        }
    )


def _features() -> Object:
    return {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": []},
            "enabled": True,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {
            "duration": {"interval_options": [], "type": "indefinite"},
            "enabled": False,
        },
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }


def _list(world: World, p: Params) -> Object:
    return page([_default(world)], p, url=_CONFIGURATIONS)


FAMILY = Family(
    routes=(
        Route("POST", _PATH, _create, _CREATE),
        Route("GET", _CONFIGURATIONS, _list, lists()),
        Route("GET", f"{_CONFIGURATIONS}/{{}}", by_id(_KIND)),
    )
)
