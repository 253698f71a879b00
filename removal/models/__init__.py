from removal.models.job import Job

__all__ = ["Job"]
