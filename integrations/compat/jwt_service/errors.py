"""Errors of FastAPI services, with the texts that this one has for credentials."""

from common.http.errors import ApiError, InvalidToken, Rendered, TokenExpired, Unauthorized
from integrations.compat import fastapi


def render(error: ApiError) -> Rendered:
    """The renderer of this surface (`settings.ERROR_FORMATS`)."""
    if isinstance(error, InvalidToken | TokenExpired):
        return Rendered(error.status, {"detail": "Invalid token"}, error.headers)
    if isinstance(error, Unauthorized):
        return Rendered(error.status, {"detail": "Unauthorized"}, error.headers)
    return fastapi.render(error)
