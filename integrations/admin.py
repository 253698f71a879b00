"""Django looks for an app's pages here; each kind of integration keeps its own."""

from integrations.webhooks.admin import DeliveryAdmin

__all__ = ["DeliveryAdmin"]
