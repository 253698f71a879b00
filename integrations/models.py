"""Models of all kinds of integrations, where Django looks for them."""

from integrations.webhooks.models import Delivery, SigningSecret

__all__ = ["Delivery", "SigningSecret"]
