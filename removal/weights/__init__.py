"""Files of models on their way to this machine: where they come from and how they are put down.

Nothing here needs an inference runtime or a database.
"""

from removal.weights.errors import DownloadFailed
from removal.weights.install import SOURCES, install

__all__ = ["SOURCES", "DownloadFailed", "install"]
