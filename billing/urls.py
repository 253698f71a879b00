from billing import views
from common.urls import route

urlpatterns = [
    route("pricing/calculate", views.PricingView.as_view(), name="pricing"),
    route(
        "background-remover/pricing/calculate",
        views.BackgroundRemoverPricingView.as_view(),
        name="background-remover-pricing",
    ),
    route("billing/credits", views.CreditsView.as_view(), name="credits"),
    route("billing/ledger", views.LedgerView.as_view(), name="ledger"),
]
