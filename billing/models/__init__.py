"""The models of billing, by topic; other modules of this app import them from here."""

from billing.models.customers import Customer
from billing.models.debts import Debt
from billing.models.events import Reconciliation, StripeEvent
from billing.models.invoices import Invoice
from billing.models.ledger import Account, Entry, Hold, HoldStatus, Kind
from billing.models.mails import BillingMail
from billing.models.packs import CreditOrder, CreditPack
from billing.models.quotas import QuotaDay, QuotaUse
from billing.models.spending import CapPeriod, Spending, SpendingCap
from billing.models.stripe_calls import StripeCall
from billing.models.subscriptions import Subscription, SubscriptionPage

__all__ = [
    "Account",
    "BillingMail",
    "CapPeriod",
    "CreditOrder",
    "CreditPack",
    "Customer",
    "Debt",
    "Entry",
    "Hold",
    "HoldStatus",
    "Invoice",
    "Kind",
    "QuotaDay",
    "QuotaUse",
    "Reconciliation",
    "Spending",
    "SpendingCap",
    "StripeCall",
    "StripeEvent",
    "Subscription",
    "SubscriptionPage",
]
