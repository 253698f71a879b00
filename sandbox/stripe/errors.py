"""Errors of the API, in Stripe's own envelope."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class ApiError(Exception):
    """An error of the API, rendered as `{"error": {...}}`. With `keeps` the changes so far stay, as
    after a declined card; otherwise the whole request is rolled back.
    """

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None
    decline_code: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    keeps: bool = False

    def body(self) -> dict[str, Any]:
        """The envelope; empty fields are left out, as at Stripe."""
        named = {
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "param": self.param,
            "type": self.type,
        }
        given = {name: value for name, value in named.items() if value is not None}
        if self.code:
            given["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        return {"error": {**given, **self.extra}}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """400: the request is invalid, or invalid in the current state."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param)


def missing(kind: str, object_id: str, *, param: str = "id") -> ApiError:
    """The named object does not exist: 404 in a path, 400 in a parameter."""
    label = kind.rpartition(".")[2]
    return ApiError(
        404 if param == "id" else 400,
        "invalid_request_error",
        f"No such {label}: '{object_id}'",
        code="resource_missing",
        param=param,
    )


def unexpected_state(kind: str, message: str, **extra: Any) -> ApiError:
    """400: the object is not in a state that allows this."""
    return ApiError(
        400, "invalid_request_error", message, code=f"{kind}_unexpected_state", extra=extra
    )
