"""Methods of both clients about webhooks: endpoints, deliveries, events and secrets."""

from collections.abc import Iterable
from typing import Any

from lumiku import webhook_models as hooks
from lumiku.calls import Call, Listing
from lumiku.effects import Operation
from lumiku.operations import Operations, Page

_ENDPOINTS = "webhooks/endpoints"
_DELIVERIES = "webhooks/deliveries"


class WebhookResources:
    """The methods of the clients for webhooks."""

    @Call
    def webhook_endpoints(self: Operations) -> Operation[list[hooks.WebhookEndpoint]]:
        return self.listed(hooks.WebhookEndpoint, _ENDPOINTS, "endpoints")

    @Call
    def webhook_endpoint(self: Operations, endpoint_id: str) -> Operation[hooks.WebhookEndpoint]:
        return self.sent(hooks.WebhookEndpoint, "GET", f"{_ENDPOINTS}/{endpoint_id}")

    @Call
    def create_webhook_endpoint(
        self: Operations,
        url: str,
        *,
        events: Iterable[str] | None = None,
        description: str | None = None,
        active: bool | None = None,
    ) -> Operation[hooks.IssuedWebhookEndpoint]:
        """A new endpoint; its `secret` is shown this once."""
        names = None if events is None else list(events)
        body = {"url": url, "events": names, "description": description, "active": active}
        return self.sent(hooks.IssuedWebhookEndpoint, "POST", _ENDPOINTS, json=body)

    @Call
    def change_webhook_endpoint(
        self: Operations,
        endpoint_id: str,
        *,
        url: str | None = None,
        events: Iterable[str] | None = None,
        description: str | None = None,
        active: bool | None = None,
    ) -> Operation[hooks.WebhookEndpoint]:
        """Change what is given; `active=True` also turns on what the service has turned off."""
        names = None if events is None else list(events)
        body = {"url": url, "events": names, "description": description, "active": active}
        path = f"{_ENDPOINTS}/{endpoint_id}"
        return self.sent(hooks.WebhookEndpoint, "PATCH", path, json=body)

    @Call
    def delete_webhook_endpoint(self: Operations, endpoint_id: str) -> Operation[None]:
        return self.done("DELETE", f"{_ENDPOINTS}/{endpoint_id}")

    @Call
    def rotate_webhook_endpoint(
        self: Operations, endpoint_id: str, *, overlap_hours: int | None = None
    ) -> Operation[hooks.IssuedWebhookEndpoint]:
        """A new secret; the one before signs besides for `overlap_hours`."""
        path, body = f"{_ENDPOINTS}/{endpoint_id}/rotate-secret", {"overlapHours": overlap_hours}
        return self.sent(hooks.IssuedWebhookEndpoint, "POST", path, json=body)

    @Call
    def test_webhook_endpoint(
        self: Operations, endpoint_id: str
    ) -> Operation[hooks.WebhookDelivery]:
        """Have a test event sent once."""
        return self.sent(hooks.WebhookDelivery, "POST", f"{_ENDPOINTS}/{endpoint_id}/test")

    @Listing
    def webhook_deliveries(
        self: Operations, /, **narrowed: Any
    ) -> Operation[Page[hooks.WebhookDelivery]]:
        """All deliveries, newest first, page by page; narrowed by `endpoint`, `event`, `status`,
        `batch_id` or `job_id`.
        """
        return self.page(_DELIVERIES, "deliveries", hooks.WebhookDelivery, narrowed)

    @Call
    def webhook_delivery(
        self: Operations, delivery_id: str
    ) -> Operation[hooks.WholeWebhookDelivery]:
        return self.sent(hooks.WholeWebhookDelivery, "GET", f"{_DELIVERIES}/{delivery_id}")

    @Call
    def replay_webhook_delivery(
        self: Operations, delivery_id: str
    ) -> Operation[hooks.WebhookDelivery]:
        """Send it again, with all its attempts."""
        return self.sent(hooks.WebhookDelivery, "POST", f"{_DELIVERIES}/{delivery_id}/replay")

    @Call
    def webhook_events(
        self: Operations, *, after: int = 0, limit: int | None = None, type: str | None = None
    ) -> Operation[hooks.RecordedEvents]:
        """Events of the last 30 days with a higher number than `after`, to catch up with."""
        query = {"after": after, "limit": limit, "type": type}
        return self.sent(hooks.RecordedEvents, "GET", "webhooks/events", query=query)

    @Call
    def webhook_secrets(self: Operations) -> Operation[hooks.WebhookSecrets]:
        """The secrets that sign deliveries to addresses given with a job or batch."""
        return self.sent(hooks.WebhookSecrets, "GET", "integrations/webhook-secret")

    @Call
    def rotate_webhook_secret(self: Operations) -> Operation[hooks.WebhookSecrets]:
        return self.sent(hooks.WebhookSecrets, "POST", "integrations/webhook-secret")
