"""The list of all object families."""

from sandbox.stripe import (
    charges,
    checkout_endpoints,
    clocks,
    customers,
    disputes,
    events,
    invoice_endpoints,
    payment_intents,
    payment_methods,
    plans,
    portal,
    prices,
    products,
    refunds,
    setup_intents,
    subscription_endpoints,
)

_ALL = (
    customers.FAMILY,
    payment_methods.FAMILY,
    products.FAMILY,
    prices.FAMILY,
    plans.FAMILY,
    payment_intents.FAMILY,
    setup_intents.FAMILY,
    charges.FAMILY,
    refunds.FAMILY,
    disputes.FAMILY,
    subscription_endpoints.FAMILY,
    invoice_endpoints.FAMILY,
    checkout_endpoints.FAMILY,
    portal.FAMILY,
    events.FAMILY,
    clocks.FAMILY,
)
ROUTES = tuple(route for family in _ALL for route in family.routes)
VIEWS = {kind: view for family in _ALL for kind, view in family.views.items()}
