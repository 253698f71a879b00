"""Admin pages of all kinds of integrations; Django's autodiscovery imports this module."""

from integrations.compat.admin import ContributionAdmin
from integrations.partners.admin import PartnerAdmin
from integrations.webhooks.admin import DeliveryAdmin, EndpointAdmin, EventAdmin

__all__ = ["ContributionAdmin", "DeliveryAdmin", "EndpointAdmin", "EventAdmin", "PartnerAdmin"]
