"""Normalisation of e-mail addresses, for identity and for the welcome bonus."""

import unicodedata

# Domains that deliver to one mailbox whatever these characters are, each with the provider's
# one name. Only what the provider itself documents: elsewhere `a.b` and `ab` are two people.
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
    """The one spelling under which an address is stored and looked up."""
    return email.strip().lower()


def mailbox(email: str) -> str:
    """The one spelling of all addresses that lead to the same mailbox.

    Case, a tag after `+`, and the characters that a provider ignores do not count. It is only for
    counting what a mailbox may have once: mail goes to the address as it was given.
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    domain = domain.rstrip(".")
    domain = _SAME_PROVIDER.get(domain, domain)
    name = local.partition("+")[0] or local
    kept = "".join(char for char in name if char not in _IGNORED.get(domain, ""))
    return f"{kept or name}@{domain}"
