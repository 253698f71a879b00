"""E-mail addresses as identities."""


def normalise(email: str) -> str:
    """The one spelling under which an address is stored and looked up."""
    return email.strip().lower()
