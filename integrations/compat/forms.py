"""Files of a form, as the services of drop-in surfaces take them."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from removal.intake import Upload


def data(request: Request) -> QueryDict:
    """The parsed form; empty for a request without a body."""
    return request.data if isinstance(request.data, QueryDict) else QueryDict()


def texts(form: QueryDict) -> dict[str, str]:
    """The fields that are no files; of several under one name the last counts."""
    given = {name: form.get(name) for name in form}
    return {name: value.strip() for name, value in given.items() if isinstance(value, str)}


def files(form: QueryDict, name: str) -> "list[UploadedFile[bytes]]":
    """The files under a name, which PHP and others write as `images[]`."""
    sent: list[Any] = [*form.getlist(name), *form.getlist(f"{name}[]")]
    return [value for value in sent if isinstance(value, UploadedFile)]


def upload(file: "UploadedFile[bytes]") -> Upload:
    opened: Any = file
    return Upload(opened, file.name or "image")
