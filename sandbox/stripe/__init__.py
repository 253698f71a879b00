"""A local server that implements Stripe's API with test money and a database.

It replaces api.stripe.com on a laptop and in tests: the real `stripe` package communicates with it
over HTTP. `python -m sandbox.stripe --help` starts it; its front page is a dashboard.

`server` → `api` (key, route, parameters, idempotency) → one module per object family, each with a
`FAMILY` → `store`. Scheduled changes are in `due`, webhooks in `delivery`, and pages in `pages`.
README.md lists the endpoints.
"""
