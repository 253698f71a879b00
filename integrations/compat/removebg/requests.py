"""Fields of a request to remove.bg's API, whatever the type of its body."""

import base64
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from common.http.errors import InvalidInput
from common.outbound.fetch import FetchFailed, FetchRefused, FetchTooLarge
from integrations.compat.removebg.errors import refused
from removal import intake
from removal.intake import Address, Upload

Given = str | Upload

SOURCES = ("image_file", "image_file_b64", "image_url")
BACKGROUNDS = ("bg_image_file", "bg_image_url")
_DATA_URL = "base64,"
_LONGEST = 4096


def read(data: Any) -> dict[str, Given]:
    """Names and values of a parsed body, without those that are empty.

    Raises InvalidInput (400) for JSON that is no object, and for values that are no texts.
    """
    pairs = _of_form(data) if isinstance(data, QueryDict) else _of_json(data)
    return {name: value for name, value in pairs if not _is_blank(name, value)}


def image(given: Mapping[str, Given]) -> Upload | Address:
    """The one image. Raises `missing_source` and `multiple_sources`."""
    names = [name for name in SOURCES if name in given]
    if not names:
        raise refused(
            "missing_source", "No image given: send image_file, image_file_b64 or image_url"
        )
    if len(names) > 1:
        raise refused("multiple_sources", f"Multiple image sources given: {', '.join(names)}")
    value = given[names[0]]
    if names[0] == "image_url":
        return Address(_text(value, "invalid_image_url", "image_url"))
    return _encoded(value) if names[0] == "image_file_b64" else _file(value, "image_file")


def has_background(given: Mapping[str, Given]) -> bool:
    """Raises `multiple_bg_sources`."""
    names = [name for name in (*BACKGROUNDS, "bg_color") if name in given]
    if len(names) > 1:
        raise refused(
            "multiple_bg_sources", f"Multiple background sources given: {', '.join(names)}"
        )
    return bool(names) and names[0] != "bg_color"


def background(given: Mapping[str, Given], *, source: str) -> Upload | None:
    """The background picture, fetched if need be.

    Raises `invalid_bg_image_url`, `failed_bg_download`, and what its size or type is refused for.
    """
    if "bg_image_file" in given:
        return _file(given["bg_image_file"], "bg_image_file")
    if "bg_image_url" not in given:
        return None
    url = _text(given["bg_image_url"], "invalid_bg_image_url", "bg_image_url")
    try:
        return intake.check(Address(url), field="bg_image", source=source).upload
    except FetchTooLarge:
        raise
    except FetchRefused as refusal:
        raise refused("invalid_bg_image_url", refusal.message) from None
    except FetchFailed as failure:
        raise refused("failed_bg_download", failure.message) from None


def texts(given: Mapping[str, Given]) -> dict[str, str]:
    """The parameters that are no files; long ones fit none of them and are cut."""
    return {
        name: value.strip()[:_LONGEST] for name, value in given.items() if isinstance(value, str)
    }


def _is_blank(name: str, value: Given) -> bool:
    if isinstance(value, str):
        return not value.strip()
    # A text that the form's parser took as a file because of its size.
    return name == "image_file_b64" and not value.file.read(1)


def _of_form(data: QueryDict) -> Iterator[tuple[str, Given]]:
    for name, sent in data.lists():
        # Forms send every field they have, and of several the last counts.
        values: list[Any] = [value for value in sent if value != ""]
        for value in values[-1:]:
            yield name, _upload(value) if isinstance(value, UploadedFile) else str(value)


def _of_json(data: Any) -> Iterator[tuple[str, Given]]:
    if not isinstance(data, Mapping):
        raise InvalidInput("The JSON body must be an object")
    for name, value in data.items():
        if isinstance(value, bool):
            yield str(name), "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield str(name), str(value)
        elif value is not None:
            raise refused(f"invalid_{str(name)[:40]}", f"Invalid {str(name)[:40]} parameter")


def _upload(file: "UploadedFile[bytes]") -> Upload:
    opened: Any = file
    return Upload(opened, file.name or "image")


def _file(value: Given, name: str) -> Upload:
    if isinstance(value, Upload):
        return value
    raise refused("failed_to_read_image", f"Send {name} as a file in multipart/form-data")


def _text(value: Given, code: str, name: str) -> str:
    if isinstance(value, str):
        return value.strip()
    raise refused(code, f"Invalid {name} parameter: send an address, not a file")


def _encoded(value: Given) -> Upload:
    text = value.encode() if isinstance(value, str) else _content(value.file)
    head, marker, tail = text[:200].partition(_DATA_URL.encode())
    if marker and head.lstrip().startswith(b"data:"):
        text = tail + text[200:]
    try:
        return Upload(io.BytesIO(base64.b64decode(b"".join(text.split()), validate=True)), "image")
    except ValueError:
        raise refused("failed_to_read_image", "image_file_b64 is not base64") from None


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
