"""Products, prices, and invoices created through the API."""

import pytest
import stripe
from stripe import Price
from stripe._v1_services import V1Services

from tests.stripe_server import StripeServer

from .conftest import MakeCustomer


def test_a_product_may_have_an_id_of_ones_own_once(api: V1Services) -> None:
    assert api.products.create({"id": "own_id", "name": "Own"}).id == "own_id"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.products.create({"id": "own_id", "name": "Own"})
    assert refused.value.code == "resource_already_exists"


def test_a_product_with_prices_is_not_deleted(api: V1Services, prices: dict[str, Price]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.products.delete(str(prices["pro"].product))
    assert api.products.delete(api.products.create({"name": "Empty"}).id).deleted


def test_a_lookup_key_moves_only_on_request(api: V1Services, prices: dict[str, Price]) -> None:
    product = str(prices["pro"].product)
    first = api.prices.create(
        {"product": product, "currency": "idr", "unit_amount": 5, "lookup_key": "moving"}
    )
    with pytest.raises(stripe.InvalidRequestError):
        api.prices.create(
            {"product": product, "currency": "idr", "unit_amount": 6, "lookup_key": "moving"}
        )
    second = api.prices.create(
        {
            "product": product,
            "currency": "idr",
            "unit_amount": 6,
            "lookup_key": "moving",
            "transfer_lookup_key": True,
        }
    )
    found = api.prices.list({"lookup_keys": ["moving", "other"]}).data
    assert [one.id for one in found] == [second.id]
    assert api.prices.retrieve(first.id).lookup_key is None


def test_an_inactive_price_is_not_sold(
    api: V1Services, customer: MakeCustomer, prices: dict[str, Price]
) -> None:
    price = api.prices.create(
        {
            "product": str(prices["pro"].product),
            "currency": "idr",
            "unit_amount": 5,
            "recurring": {"interval": "month"},
        }
    )
    api.prices.update(price.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.create({"customer": customer().id, "items": [{"price": price.id}]})
    assert price.id not in [one.id for one in api.prices.list({"active": True}).data]


def _invoice(api: V1Services, customer: str, amount: int = 7_500_000) -> stripe.Invoice:
    api.invoice_items.create(
        {"customer": customer, "amount": amount, "currency": "idr", "description": "Work (done)"}
    )
    return api.invoices.create({"customer": customer})


def test_an_invoice_is_drafted_finalized_and_paid(api: V1Services, customer: MakeCustomer) -> None:
    invoice = _invoice(api, customer().id)
    assert (invoice.status, invoice.number, invoice.total) == ("draft", None, 7_500_000)
    opened = api.invoices.finalize_invoice(invoice.id)
    assert opened.status == "open"
    assert opened.number
    paid = api.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 7_500_000, 0)
    with pytest.raises(stripe.InvalidRequestError):
        api.invoices.void_invoice(invoice.id)


def test_a_declined_invoice_stays_open(api: V1Services, customer: MakeCustomer) -> None:
    invoice = _invoice(api, customer("pm_card_chargeCustomerFail").id)
    with pytest.raises(stripe.CardError):
        api.invoices.pay(invoice.id)
    assert api.invoices.retrieve(invoice.id).status == "open"
    assert api.invoices.mark_uncollectible(invoice.id).status == "uncollectible"


def test_an_invoice_is_found_by_its_payment(api: V1Services, customer: MakeCustomer) -> None:
    invoice = _invoice(api, customer().id)
    api.invoices.pay(invoice.id)
    payment = api.invoice_payments.list({"invoice": invoice.id}).data[0]
    intent = str(payment.payment.payment_intent)
    found = api.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent}}
    )
    assert [one.invoice for one in found.data] == [invoice.id]


def test_an_invoice_of_zero_is_paid_at_once(api: V1Services, customer: MakeCustomer) -> None:
    invoice = api.invoices.create({"customer": customer(None).id})
    assert api.invoices.finalize_invoice(invoice.id).status == "paid"


def test_a_customers_credit_pays_first(api: V1Services, customer: MakeCustomer) -> None:
    owner = customer().id
    api.customers.update(owner, {"balance": -500_000})
    invoice = api.invoices.finalize_invoice(_invoice(api, owner).id)
    assert (invoice.amount_due, invoice.starting_balance) == (7_000_000, -500_000)
    assert api.customers.retrieve(owner).balance == 0


def test_an_invoice_is_a_page_and_a_pdf(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer
) -> None:
    invoice = api.invoices.finalize_invoice(_invoice(api, customer().id).id)
    page = stripe_server.get(str(invoice.hosted_invoice_url)).data.decode()
    assert "Rp 75,000" in page
    pdf = stripe_server.get(str(invoice.invoice_pdf))
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.data.startswith(b"%PDF-1.4")
    offset = int(pdf.data.split(b"startxref\n")[1].split(b"\n")[0])
    assert pdf.data[offset:].startswith(b"xref")
    assert rb"Work \(done\): Rp 75,000" in pdf.data


def test_an_invoice_is_paid_on_its_page(
    stripe_server: StripeServer, api: V1Services, customer: MakeCustomer
) -> None:
    invoice = api.invoices.finalize_invoice(_invoice(api, customer(None).id).id)
    refused = stripe_server.click(str(invoice.hosted_invoice_url), card="pm_card_chargeDeclined")
    assert "declined" in refused.data.decode()
    asked = stripe_server.click(
        str(invoice.hosted_invoice_url), card="pm_card_threeDSecure2Required"
    )
    stripe_server.click(asked.headers["Location"], answer="pass")
    assert api.invoices.retrieve(invoice.id).status == "paid"
