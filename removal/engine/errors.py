"""Typed errors of the engine.

`code` is stable and meant for programs; `message` and `details` are meant for people and never
carry paths or file contents.
"""

from collections.abc import Mapping

Detail = str | int | float | list[str]


class EngineError(Exception):
    """Base of all engine failures; `code` names the kind."""

    code = "ENGINE_ERROR"

    def __init__(self, message: str, *, details: Mapping[str, Detail] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Detail] = dict(details or {})


class UnreadableImage(EngineError):
    """The bytes claim to be an image of a supported format but cannot be decoded."""

    code = "UNREADABLE_IMAGE"


class UnsupportedFormat(EngineError):
    """The bytes are not a picture of a format that is read."""

    code = "UNSUPPORTED_FORMAT"


class TooManyPixels(EngineError):
    """The picture, or the requested result, has more pixels than allowed."""

    code = "TOO_MANY_PIXELS"


class TooManyBytes(EngineError):
    """The file is larger than allowed."""

    code = "TOO_MANY_BYTES"


class NoSubjectFound(EngineError):
    """The model finds nothing in the picture that is a subject, so there is nothing to cut out."""

    code = "NO_SUBJECT_FOUND"


class BadOptions(EngineError):
    """An option is out of range, or two options contradict each other."""

    code = "BAD_OPTIONS"


class RegionOutside(BadOptions):
    """The region of interest reaches beyond the picture."""


class EmptyRegion(BadOptions):
    """The region of interest holds no pixel."""


class ModelUnavailable(EngineError):
    """No model is installed, intact and licensed for this use.

    `advice` is for the operator and never part of a response to a customer.
    """

    code = "MODEL_UNAVAILABLE"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice
