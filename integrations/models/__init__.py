"""The models of integrations, by topic; other modules of this app import them from here."""

from integrations.models.compat import Contribution, Process, Repeat
from integrations.models.partners import Partner, PartnerRequest
from integrations.models.webhooks import (
    Attempt,
    Delivery,
    DeliveryStatus,
    DisabledReason,
    Endpoint,
    Event,
    EventCounter,
    SigningSecret,
)

__all__ = [
    "Attempt",
    "Contribution",
    "Delivery",
    "DeliveryStatus",
    "DisabledReason",
    "Endpoint",
    "Event",
    "EventCounter",
    "Partner",
    "PartnerRequest",
    "Process",
    "Repeat",
    "SigningSecret",
]
