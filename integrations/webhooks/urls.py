from django.urls import URLPattern

from common.http.routes import route
from integrations.webhooks import views

urlpatterns: list[URLPattern] = [
    route("integrations/webhook-secret", views.WebhookSecretView.as_view(), name="webhook-secret"),
    route(
        "integrations/webhook-deliveries",
        views.DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    route(
        "integrations/webhook-deliveries/<id:delivery_id>/redeliver",
        views.RedeliverView.as_view(),
        name="webhook-redeliver",
    ),
]
