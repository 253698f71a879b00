"""Short ways to announce files, send them and look at what is left."""

import io
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.utils import timezone

from accounts.models import User
from batches.models import Upload
from batches.uploads import links, services
from batches.uploads.services import Announced
from common import storage
from tests.removal.factories import photo

URL = "/v1/background-remover/uploads"


def file(size: int = 1000, **changes: Any) -> dict[str, Any]:
    return {"filename": "shoe.jpg", "contentType": "image/jpeg", "size": size, **changes}


def announce(client: Client, *files: dict[str, Any]) -> Any:
    return client.post(URL, {"files": list(files)}, content_type="application/json")


def slots(client: Client, *files: dict[str, Any]) -> list[dict[str, Any]]:
    answer = announce(client, *files)
    assert answer.status_code == 201, answer.content
    found: list[dict[str, Any]] = answer.json()["data"]["uploads"]
    return found


def send(slot: dict[str, Any], data: bytes, **headers: str) -> Any:
    """PUT as a customer would, who has nothing but the slot."""
    url = urlsplit(slot["url"])
    sent = {**slot["headers"], **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Client().generic(
        "PUT", f"{url.path}?{url.query}", data, content_type=sent.pop("Content-Type"), headers=sent
    )


def announced(user: User, *sizes: int, now: datetime | None = None) -> list[Upload]:
    files = [Announced(f"{at}.jpg", "image/jpeg", size) for at, size in enumerate(sizes)]
    return services.announce(user=user, files=files, now=now or timezone.now())


def uploaded(user: User, *images: bytes, now: datetime | None = None) -> list[Upload]:
    """Uploads whose files have arrived; one photo by default."""
    contents = images or (photo(),)
    uploads = announced(user, *map(len, contents), now=now)
    for upload, content in zip(uploads, contents, strict=True):
        storage.put(upload.key, io.BytesIO(content), content_type=upload.content_type)
    return uploads


def link(upload: Upload) -> dict[str, Any]:
    found = links.link_to(upload, now=timezone.now())
    return {"url": found.url, "headers": dict(found.headers)}


def ids(uploads: list[Upload]) -> list[str]:
    return [upload.public_id for upload in uploads]
