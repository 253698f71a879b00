"""Installation of model files: sources, transfer, verification.

Nothing here needs an inference runtime or a database.
"""

from removal.weights.errors import DownloadFailed
from removal.weights.install import PACKAGES, RELEASES, SOURCES, install

__all__ = ["PACKAGES", "RELEASES", "SOURCES", "DownloadFailed", "install"]
