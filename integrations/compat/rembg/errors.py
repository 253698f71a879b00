"""Every error as FastAPI says it: `{"detail": …}`, a list for parameters (422)."""

from typing import Any

from common.http.errors import ApiError, ErrorCode, Rendered


class Unprocessable(ApiError):
    """A parameter is missing or mistyped: `details` {errors} in FastAPI's shape."""

    code, status = ErrorCode.INVALID_INPUT, 422
    message = "A parameter is missing or has the wrong type"

    def __init__(self, kind: str, where: str, name: str, message: str, value: Any = None) -> None:
        entry = {"type": kind, "loc": [where, name], "msg": message, "input": value}
        super().__init__(details={"errors": [entry]})


def render(error: ApiError) -> Rendered:
    """The renderer of this surface (`settings.ERROR_FORMATS`)."""
    detail: Any = error.message
    if isinstance(error, Unprocessable):
        detail = (error.details or {})["errors"]
    return Rendered(error.status, {"detail": detail}, error.headers)
