"""Behaviour of all endpoints: keys, errors, idempotency, expand, lists, versions."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe
import urllib3
from stripe import Customer, Price
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer

from .conftest import MakeCustomer


def _post(
    server: StripeServer, path: str, body: str = "", **headers: str
) -> urllib3.BaseHTTPResponse:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.request(
        "POST",
        f"{server.url}{path}",
        body=body,
        headers={"Authorization": f"Bearer {server.secret_key}", **shown},
        retries=False,
    )


@pytest.mark.parametrize("key", ["sk_test_somebody_else", "pk_test_tests", "nonsense"])
def test_another_key_is_401(stripe_server: StripeServer, key: str) -> None:
    stranger = stripe.StripeClient(key, base_addresses={"api": stripe_server.url})
    with pytest.raises(stripe.AuthenticationError) as refused:
        stranger.v1.customers.list()
    assert refused.value.http_status == 401
    assert key not in str(refused.value)


def test_no_key_is_401(stripe_server: StripeServer) -> None:
    assert _post(stripe_server, "/v1/customers", Authorization="").status == 401


def test_an_error_names_its_parameter_and_request(api: V1Services) -> None:
    misspelt: Any = {"emial": "a@example.com"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.create(misspelt)
    problem = refused.value
    assert (problem.code, problem.param) == ("parameter_unknown", "emial")
    assert str(problem.request_id).startswith("req_")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("currency=idr", "parameter_missing"),
        ("amount=much&currency=idr", "parameter_invalid_integer"),
        ("amount=0&currency=idr", "parameter_invalid_integer"),
        ("amount=5&currency=idr&metadata[a][b]=c", None),
        ("amount=5&currency=idr&confirm=perhaps", None),
        ("amount[x]=5&currency=idr", None),
        ("amount=5&amount[x]=5&currency=idr", None),
        ("[=5", None),
    ],
)
def test_bad_parameters_are_400(stripe_server: StripeServer, body: str, code: str | None) -> None:
    answer = _post(stripe_server, "/v1/payment_intents", body)
    assert answer.status == 400
    assert answer.json()["error"].get("code") == code


def test_an_unknown_path_is_404(stripe_server: StripeServer) -> None:
    assert _post(stripe_server, "/v1/customers/a/b/c").status == 404


def test_a_missing_object_is_404_in_the_path_and_400_in_a_parameter(api: V1Services) -> None:
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        api.customers.retrieve("cus_nobody")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        api.payment_intents.create({"amount": 5, "currency": "idr", "customer": "cus_nobody"})
    assert (in_path.value.http_status, in_path.value.code) == (404, "resource_missing")
    assert (in_parameter.value.http_status, in_parameter.value.param) == (400, "customer")


def test_the_asked_version_is_echoed(stripe_server: StripeServer) -> None:
    answer = _post(stripe_server, "/v1/customers", Stripe_Version="2026-10-28.endive")
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    assert answer.headers["Request-Id"].startswith("req_")


def test_the_same_key_and_parameters_get_the_same_answer(api: V1Services) -> None:
    first, second = (
        api.customers.create({"name": "Ada"}, {"idempotency_key": "same-answer"}) for _ in "12"
    )
    assert first.id == second.id
    assert second.last_response is not None
    assert second.last_response.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_other_parameters_is_refused(api: V1Services) -> None:
    api.customers.create({"name": "Ada"}, {"idempotency_key": "other-parameters"})
    with pytest.raises(stripe.IdempotencyError):
        api.customers.create({"name": "Bob"}, {"idempotency_key": "other-parameters"})


def test_a_refusal_is_replayed_too(api: V1Services, customer: MakeCustomer) -> None:
    owner, seen = customer(None), []
    for _ in "12":
        with pytest.raises(stripe.CardError) as refused:
            api.payment_intents.create(
                {
                    "amount": 5000,
                    "currency": "idr",
                    "customer": owner.id,
                    "payment_method": "pm_card_visa_chargeDeclined",
                    "confirm": True,
                },
                {"idempotency_key": "declined-once"},
            )
        seen.append(refused.value.json_body)
    assert seen[0] == seen[1]
    assert len(api.payment_intents.list({"customer": owner.id}).data) == 1


def test_a_request_that_was_never_run_does_not_use_its_key_up(api: V1Services) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "not-run"}
    misspelt: Any = {"nmae": "Ada"}
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create(misspelt, options)
    assert api.customers.create({"name": "Ada"}, options).name == "Ada"


def test_at_the_same_time_one_request_of_a_key_runs(stripe_server: StripeServer) -> None:
    results: list[str | int | None] = []

    def create() -> None:
        try:
            made = stripe_server.client().v1.customers.create({}, {"idempotency_key": "at-once"})
            results.append(made.id)
        except stripe.StripeError as problem:
            results.append(problem.http_status)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for one in results if isinstance(one, str)}) == 1
    assert {one for one in results if not isinstance(one, str)} <= {409}


def test_failed_requests_change_nothing(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    owner = customer("pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        api.subscriptions.create(
            {
                "customer": owner.id,
                "items": [{"price": prices["pro"].id}],
                "payment_behavior": "error_if_incomplete",
            }
        )
    assert api.invoices.list({"customer": owner.id}).data == []
    assert api.charges.list({"customer": owner.id}).data == []


def test_expand_replaces_ids_on_several_levels(api: V1Services, prices: dict[str, Price]) -> None:
    price = api.prices.retrieve(prices["pro"].id, {"expand": ["product"]})
    assert isinstance(price.product, stripe.Product)
    assert price.product.name == "pro"


@pytest.mark.parametrize("path", ["email", "nothing", "a.b.c.d.e", "id"])
def test_what_cannot_be_expanded_is_400(api: V1Services, customer: MakeCustomer, path: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.retrieve(customer().id, {"expand": [path]})
    assert refused.value.param == "expand"


@pytest.fixture(scope="module")
def many(api: V1Services) -> list[Customer]:
    return [api.customers.create({"email": "many@example.com"}) for _ in range(7)]


def test_a_list_comes_in_pages_newest_first(api: V1Services, many: list[Customer]) -> None:
    page = api.customers.list({"email": "many@example.com", "limit": 3})
    assert [one.id for one in page.data] == [one.id for one in many[:-4:-1]]
    assert page.has_more
    every = [one.id for one in page.auto_paging_iter()]
    assert every == [one.id for one in reversed(many)]


def test_a_page_before_an_object(api: V1Services, many: list[Customer]) -> None:
    page = api.customers.list(
        {"email": "many@example.com", "limit": 2, "ending_before": many[0].id}
    )
    assert [one.id for one in page.data] == [many[2].id, many[1].id]
    assert page.has_more


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "cus_nobody"}])
def test_an_impossible_page_is_400(api: V1Services, params: dict[str, object]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.list(params)  # type: ignore[arg-type]


def test_a_list_can_be_bounded_by_time(api: V1Services, many: list[Customer]) -> None:
    created = many[0].created
    assert api.customers.list({"email": "many@example.com", "created": {"gte": created}}).data
    assert not api.customers.list({"created": {"lt": created - 10**6}}).data


def test_simulated_faults_are_returned(stripe_server: StripeServer, api: V1Services) -> None:
    stripe_server.fail(status=500)
    with pytest.raises(stripe.APIError):
        api.customers.list()
    assert api.customers.list().data


def test_retries_of_the_package_reach_the_same_object(stripe_server: StripeServer) -> None:
    stripe_server.fail(status=503, count=1)
    client = stripe_server.client(max_network_retries=2)
    made = client.v1.customers.create({"email": "retried@example.com"})
    found = client.v1.customers.list({"email": "retried@example.com"})
    assert [one.id for one in found.data] == [made.id]


@pytest.mark.parametrize("secret", [lambda own: own, lambda _own: "pi_x_secret_y"])
def test_a_browser_sees_an_intent_only_with_its_secret(
    stripe_server: StripeServer, api: V1Services, secret: Callable[[str], str]
) -> None:
    intent = api.payment_intents.create({"amount": 5000, "currency": "idr"})
    shown = secret(str(intent.client_secret))
    answer = urllib3.request(
        "GET",
        f"{stripe_server.url}/v1/payment_intents/{intent.id}?client_secret={shown}",
        headers={"Authorization": f"Bearer {stripe_server.publishable_key}"},
    )
    assert answer.status == (200 if shown == intent.client_secret else 400)
