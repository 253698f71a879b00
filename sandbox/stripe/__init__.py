"""A small payment server that speaks Stripe's API, with pretend money and a memory.

It stands in for api.stripe.com on a laptop and in tests: the real `stripe` package talks to it
over HTTP. `python -m sandbox.stripe --help` starts it; its front page is a dashboard.

`server` → `api` (key, route, parameters, idempotency) → one module per object family, each with
a `FAMILY` → `store`. What time brings about is in `due`, webhooks in `delivery`, and the pages
that a person clicks in `pages`.
"""
