"""Refusals of every drop-in surface: each in its own format of errors, and free of charge."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.queries import live_keys
from billing import ledger
from billing.models import CapPeriod
from billing.spending import services as spending
from billing.spending.services import Cap
from removal.models import Job
from tests.integrations.compat.calls import client_of, content
from tests.removal.factories import photo, uploaded, working

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Surface:
    """A surface: its path for a picture, its other fields, and the format of its errors."""

    source: str
    url: str
    file: str
    error: Callable[[Any], bool]
    # The statuses of refusals, in the order of `CASES`.
    statuses: tuple[int, ...]
    more: Mapping[str, str] = field(default_factory=dict)
    # A parameter with a value that it does not know.
    unknown: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.source

    @property
    def most_bytes(self) -> int:
        limits = configured.SURFACE_LIMITS.get(self.source)
        most: int = limits[0] if limits else configured.MAX_IMAGE_BYTES
        return most


def _errors(body: Any) -> bool:
    return [*body] == ["errors"] and {"title", "code"} <= set(body["errors"][0])


def _detail(body: Any) -> bool:
    return [*body] == ["detail"] and bool(body["detail"])


def _typed(body: Any) -> bool:
    return set(body) == {"detail", "status_code", "type"} and bool(body["detail"])


def _error(body: Any) -> bool:
    return [*body] == ["error"] and bool(body["error"])


CASES = (
    *("no key", "bad key", "no source", "no file", "empty file", "no picture", "a byte too many"),
    *("unknown value", "wrong method", "wrong content type", "beyond the key's cap"),
)
SURFACES = (
    Surface(
        *("removebg", "/v1.0/removebg", "image_file", _errors),
        statuses=(403, 403, 400, 400, 400, 400, 400, 400, 405, 415, 402),
        unknown={"size": "huge"},
    ),
    Surface(
        *("rembg", "/api/remove", "file", _detail),
        statuses=(401, 401, 422, 422, 400, 400, 413, 422, 405, 415, 402),
        unknown={"model": "yolo"},
    ),
    Surface(
        *("photoroom", "/v1/segment", "image_file", _typed),
        statuses=(403, 403, 400, 400, 400, 400, 400, 400, 405, 415, 402),
        unknown={"size": "4k"},
    ),
    Surface(
        *("microservice", "/remove-bg", "image", _error),
        statuses=(401, 401, 400, 400, 400, 400, 400, 200, 405, 415, 402),
        # It has no parameter, and passes over what it does not know.
        unknown={"size": "huge"},
    ),
    Surface(
        *("microservice", "/remove-bg/batch", "images", _error),
        statuses=(401, 401, 400, 400, 400, 400, 400, 202, 405, 415, 402),
        unknown={"size": "huge"},
    ),
    Surface(
        *("async_service", "/process", "file", _detail),
        statuses=(401, 401, 422, 422, 400, 400, 413, 422, 405, 415, 402),
        more={"email": "you@example.com"},
        unknown={"model": "yolo"},
    ),
    Surface(
        *("jwt_service", "/api/remove-background", "file", _detail),
        statuses=(401, 401, 422, 422, 400, 400, 413, 422, 405, 415, 402),
        unknown={"output_format": "gif"},
    ),
)


def _sent(surface: Surface, case: str, api: Client) -> Any:
    fields: dict[str, Any] = {surface.file: uploaded(), **surface.more}
    match case:
        case "no key":
            api = Client()
        case "bad key":
            api = Client(headers={"x-api-key": "wrong"})
        case "no source":
            del fields[surface.file]
        case "no file":
            fields[surface.file] = "photo.jpg"
        case "empty file":
            fields[surface.file] = uploaded(b"")
        case "no picture":
            fields[surface.file] = uploaded(b"plain text")
        case "a byte too many":
            data = photo()
            fields[surface.file] = uploaded(data.ljust(surface.most_bytes + 1, b"\0"))
        case "unknown value":
            fields |= surface.unknown
        case "wrong method":
            return api.delete(surface.url)
        case "wrong content type":
            return api.post(surface.url, "<xml/>", content_type="application/xml")
    return api.post(surface.url, fields)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.url)
def test_it_is_refused_in_the_surfaces_format(
    surface: Surface, case: str, owner: User, settings: Settings
) -> None:
    settings.COMPAT_ANONYMOUS = False
    api = client_of(owner)
    if case == "beyond the key's cap":
        [key] = live_keys(owner, now=timezone.now())
        spending.set_cap(user_id=owner.pk, api_key=key.public_id, cap=Cap(2, CapPeriod.DAY))
    with working():
        answer = _sent(surface, case, api)
        body = content(answer)
    wanted = surface.statuses[CASES.index(case)]
    assert answer.status_code == wanted, body[:300]
    if wanted >= 400:
        assert surface.error(json.loads(body)), body[:300]
        assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)


SINGLES = [found for found in SURFACES if "batch" not in found.url]


@pytest.mark.parametrize("surface", SINGLES, ids=str)
def test_of_two_files_under_one_name_the_last_is_taken(surface: Surface, owner: User) -> None:
    files = [uploaded(photo((90, 60))), uploaded()]
    with working():
        answer = client_of(owner).post(surface.url, {surface.file: files, **surface.more})
        content(answer)
    assert answer.status_code in (200, 202)
    assert (Job.objects.get().width, Job.objects.get().height) == (96, 64)
