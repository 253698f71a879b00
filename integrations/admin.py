"""Admin pages of all kinds of integrations; Django's autodiscovery imports this module."""

from integrations.partners.admin import PartnerAdmin
from integrations.webhooks.admin import DeliveryAdmin, EndpointAdmin, EventAdmin

__all__ = ["DeliveryAdmin", "EndpointAdmin", "EventAdmin", "PartnerAdmin"]
