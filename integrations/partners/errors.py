"""API errors of partner requests, beside those that a job may end with (`removal.errors`)."""

from common.http.errors import NotFound


class PartnerNotConnected(NotFound):
    message = "This partner is not connected to this service"


class PartnerProjectNotFound(NotFound):
    message = "The partner knows nothing under this identifier"
