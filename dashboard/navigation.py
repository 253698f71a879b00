"""Links of the shell: one line for each page that exists."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Link:
    """A link to the page that `address` names (as in `reverse`), with one of `dashboard.icons`."""

    address: str
    title: Promise
    icon: str


# The pages of a signed-in user, in the order of the navigation.
PAGES: tuple[Link, ...] = (
    Link("dashboard:single", _("Remove"), "sparkles"),
    Link("dashboard:batches", _("Batches"), "layers"),
    Link("dashboard:jobs", _("Pictures"), "images"),
    Link("dashboard:billing", _("Billing"), "wallet"),
    Link("dashboard:developers", _("Developers"), "code"),
)

# The pages in the menu of the account.
ACCOUNT: tuple[Link, ...] = (Link("dashboard:account", _("Account"), "settings"),)

# The page that follows a login that asked for no other.
HOME = (*PAGES, *ACCOUNT)[0].address

# The public pages.
PUBLIC: tuple[Link, ...] = (Link("docs", _("API"), "braces"),)
