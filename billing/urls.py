from billing import views
from billing.invoices.views import InvoicesView
from billing.packs import views as packs
from billing.preferences.views import PreferencesView
from billing.subscriptions import views as subscriptions
from billing.usage.views import PlansView, UsageView
from billing.webhooks.views import WebhookView
from common.http.routes import route

urlpatterns = [
    route("pricing/calculate", views.PricingView.as_view(), name="pricing"),
    route(
        "background-remover/pricing/calculate",
        views.BackgroundRemoverPricingView.as_view(),
        name="background-remover-pricing",
    ),
    route("billing/credits", views.CreditsView.as_view(), name="credits"),
    route("billing/ledger", views.LedgerView.as_view(), name="ledger"),
    route("billing/usage", UsageView.as_view(), name="usage"),
    route("billing/plans", PlansView.as_view(), name="plans"),
    route("billing/settings", PreferencesView.as_view(), name="billing-settings"),
    route("billing/invoices", InvoicesView.as_view(), name="invoices"),
    route("billing/packs", packs.PacksView.as_view(), name="packs"),
    route("billing/checkout", packs.CheckoutView.as_view(), name="checkout"),
    route("billing/payment-method", packs.PaymentMethodView.as_view(), name="payment-method"),
    route("billing/portal", packs.PortalView.as_view(), name="portal"),
    route("billing/return", packs.return_view, name="billing-return"),
    route("billing/webhook", WebhookView.as_view(), name="stripe-webhook"),
    route(
        "background-remover/subscription",
        subscriptions.SubscriptionView.as_view(),
        name="subscription",
    ),
    route(
        "background-remover/subscription/checkout",
        subscriptions.SubscriptionPageView.as_view(),
        name="subscription-checkout",
    ),
    route(
        "background-remover/subscription/resume",
        subscriptions.ResumeView.as_view(),
        name="subscription-resume",
    ),
]
