"""Models of all kinds of integrations; Django imports this module."""

from integrations.compat.models import Repeat
from integrations.webhooks.models import Delivery, SigningSecret

__all__ = ["Delivery", "Repeat", "SigningSecret"]
