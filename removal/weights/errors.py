"""The one error of this package."""


class DownloadFailed(Exception):
    """A model could not be fetched. The message is for whoever runs the machine."""
