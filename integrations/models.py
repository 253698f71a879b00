"""Models of all kinds of integrations; Django imports this module."""

from integrations.compat.models import Repeat
from integrations.partners.models import Partner, PartnerRequest
from integrations.webhooks.models import (
    Attempt,
    Delivery,
    Endpoint,
    Event,
    EventCounter,
    SigningSecret,
)

__all__ = [
    "Attempt",
    "Delivery",
    "Endpoint",
    "Event",
    "EventCounter",
    "Partner",
    "PartnerRequest",
    "Repeat",
    "SigningSecret",
]
