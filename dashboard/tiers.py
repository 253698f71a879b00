"""The tiers as the pages offer them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.pricing import CREDITS_PER_IMAGE, Tier


@dataclass(frozen=True)
class TierChoice:
    """A tier with its name and what it is good for."""

    name: str
    title: Promise
    text: Promise

    @property
    def credits(self) -> int:
        """The price of one image."""
        return CREDITS_PER_IMAGE[Tier(self.name)]


TIERS = (
    TierChoice("basic", _("Basic"), _("Clear subjects, previews, many pictures quickly.")),
    TierChoice("standard", _("Standard"), _("Products, people and pets for a shop.")),
    TierChoice("professional", _("Professional"), _("Hair, fur and fine edges.")),
    TierChoice("industry", _("Industry"), _("Print, and edges that let the ground through.")),
)
