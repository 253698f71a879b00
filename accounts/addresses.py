"""Normalisation of e-mail addresses, for identity and for the welcome bonus."""

import unicodedata

# Domains that deliver to one mailbox whatever these characters are, each with the provider's
# canonical domain. The table has only what providers document themselves: at any other provider
# `a.b` and `ab` may be two people.
_IGNORED = {"gmail.com": ".", "proton.me": ".-_"}
_SAME_PROVIDER = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}


def normalise(email: str) -> str:
    """The canonical spelling under which an address is stored and looked up."""
    return email.strip().lower()


def mailbox(email: str) -> str:
    """The canonical spelling of all addresses that lead to the same mailbox.

    Case, a tag after `+`, and the characters that a provider ignores do not count. The result only
    serves to count what a mailbox may have once: mail goes to the address as the user gave it.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    domain = domain.rstrip(".")
    domain = _SAME_PROVIDER.get(domain, domain)
    name = local.partition("+")[0] or local
    kept = "".join(char for char in name if char not in _IGNORED.get(domain, ""))
    return f"{kept or name}@{domain}"
