"""The models of batches, by topic; other modules of this app import them from here."""

from batches.models.archive import Rebuild
from batches.models.batch import Batch
from batches.models.uploads import Upload

__all__ = ["Batch", "Rebuild", "Upload"]
