"""Version of this package, and of the servers that it is made for."""

import warnings

__version__ = "0.1.0"

SERVER_HEADER = "X-Server-Version"
# The oldest server that has everything this package calls, and the first that may lack some of it.
OLDEST_SERVER = (0, 1)
NEXT_INCOMPATIBLE = (1, 0)


class ServerVersionWarning(UserWarning):
    """The server is older or newer than what this package was made for."""


def check(version: str | None) -> None:
    """Warn of a server that this package was not made for; one that tells no version passes."""
    found = _parsed(version or "")
    if found is None or OLDEST_SERVER <= found < NEXT_INCOMPATIBLE:
        return
    advice = "update the server" if found < OLDEST_SERVER else "update the package lumiku"
    warnings.warn(
        f"lumiku {__version__} was not made for version {version} of the server: {advice}",
        ServerVersionWarning,
        stacklevel=2,
    )


def _parsed(version: str) -> tuple[int, int] | None:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    try:
        return int(major), int(minor)
    except ValueError:
        return None
