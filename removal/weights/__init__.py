"""Installation of model files: sources, transfer, verification.

Nothing here needs an inference runtime or a database.
"""

from removal.weights.errors import DownloadFailed
from removal.weights.install import SOURCES, install

__all__ = ["SOURCES", "DownloadFailed", "install"]
