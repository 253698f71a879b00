"""Admin pages of all kinds of integrations, where Django looks for them."""

from integrations.webhooks.admin import DeliveryAdmin

__all__ = ["DeliveryAdmin"]
