"""Keys that `lumiku login` stores, each for one server, in a file that only its owner may read."""

import json
import os
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumiku import address
from lumiku.errors import ConfigurationError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Credentials:
    """Keys by the origin of their server, and the server that was logged in to last."""

    keys: dict[str, str] = field(default_factory=dict)
    last: str | None = None

    def key_for(self, base_url: str) -> str | None:
        """The key of this very server; one for another host or port is never given."""
        return self.keys.get(address.origin(base_url))

    def with_key(self, base_url: str, key: str) -> "Credentials":
        return Credentials({**self.keys, address.origin(base_url): key}, base_url)

    def without(self, base_url: str) -> "Credentials":
        left = {name: key for name, key in self.keys.items() if name != address.origin(base_url)}
        return Credentials(left, None if self.last == base_url else self.last)


def path() -> Path:
    """`credentials.json` in the folder that the system has for settings of programs."""
    if given := os.environ.get("LUMIKU_CONFIG_DIR"):
        return Path(given) / "credentials.json"
    if os.name == "nt" and (roaming := os.environ.get("APPDATA")):
        return Path(roaming) / "lumiku" / "credentials.json"
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "lumiku" / "credentials.json"


def load() -> Credentials:
    """Read the stored credentials. Raises ConfigurationError if others may read or write them."""
    file = path()
    try:
        if os.name == "posix" and file.stat().st_mode & _OTHERS:
            raise ConfigurationError(f"{file} may be read by others: chmod 600 {file}")
        stored: Any = json.loads(file.read_text())
        return Credentials(dict(stored["keys"]), stored.get("last"))
    except FileNotFoundError:
        return Credentials()
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{file} is damaged: delete it and log in again") from None


def save(credentials: Credentials) -> Path:
    """Replace the file at once; it is never readable for others, not even for a moment."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored = {"keys": credentials.keys, "last": credentials.last}
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".credentials-")
    with os.fdopen(descriptor, "w") as draft:
        json.dump(stored, draft, indent=1)
    Path(name).replace(file)
    return file
