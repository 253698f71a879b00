from django.urls import URLPattern

from common.http.routes import route
from integrations.webhooks.views import deliveries, endpoints, events, secret

urlpatterns: list[URLPattern] = [
    route("webhooks/endpoints", endpoints.EndpointsView.as_view(), name="webhook-endpoints"),
    route(
        "webhooks/endpoints/<id:endpoint_id>",
        endpoints.EndpointView.as_view(),
        name="webhook-endpoint",
    ),
    route(
        "webhooks/endpoints/<id:endpoint_id>/rotate-secret",
        endpoints.RotateSecretView.as_view(),
        name="webhook-rotate-secret",
    ),
    route(
        "webhooks/endpoints/<id:endpoint_id>/test",
        endpoints.TestEndpointView.as_view(),
        name="webhook-test",
    ),
    route("webhooks/events", events.EventsView.as_view(), name="webhook-events"),
    route("webhooks/deliveries", deliveries.DeliveriesView.as_view(), name="webhook-deliveries"),
    route(
        "webhooks/deliveries/<id:delivery_id>",
        deliveries.DeliveryView.as_view(),
        name="webhook-delivery",
    ),
    route(
        "webhooks/deliveries/<id:delivery_id>/replay",
        deliveries.ReplayView.as_view(),
        name="webhook-replay",
    ),
    route("integrations/webhook-secret", secret.WebhookSecretView.as_view(), name="webhook-secret"),
    # The addresses that the listing and the replay had before there were endpoints.
    route("integrations/webhook-deliveries", deliveries.DeliveriesView.as_view()),
    route(
        "integrations/webhook-deliveries/<id:delivery_id>/redeliver",
        deliveries.ReplayView.as_view(),
    ),
]
