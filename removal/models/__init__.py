"""The models of removal, by topic; other modules of this app import them from here."""

from removal.models.job import Job
from removal.models.model_download import ModelDownload
from removal.models.preset import Preset
from removal.models.version import Version

__all__ = ["Job", "ModelDownload", "Preset", "Version"]
