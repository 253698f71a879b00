"""Django looks for an app's models here; each kind of integration keeps its own."""

from integrations.webhooks.models import Delivery, SigningSecret

__all__ = ["Delivery", "SigningSecret"]
