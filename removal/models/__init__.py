from removal.models.job import Job
from removal.models.model_download import ModelDownload
from removal.models.preset import Preset
from removal.models.version import Version

__all__ = ["Job", "ModelDownload", "Preset", "Version"]
