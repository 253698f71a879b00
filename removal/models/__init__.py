from removal.models.job import Job
from removal.models.model_download import ModelDownload

__all__ = ["Job", "ModelDownload"]
