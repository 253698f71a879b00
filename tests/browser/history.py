"""A customer who has used everything, so that the pages have something to show."""

import io
from typing import Any

import urllib3
from PIL import Image

from tests.browser.pictures import CAT
from tests.browser.service import Customer, Service, until


def customer_with_history(service: Service) -> tuple[Customer, str]:
    """The customer and the identifier of a finished batch.

    There are a finished and a failed picture, a finished batch, an API key and a webhook endpoint.
    """
    customer = service.customer()
    photo = CAT.read_bytes()
    assert _post(service, customer, "remove", [_file("image", "cat.jpg", photo)]) == 200
    assert _post(service, customer, "remove", [_file("image", "wall.png", blank())]) == 400
    # What follows the end of a JPEG is no part of the picture.
    images = [_file("images", f"shoe-{number}.jpg", photo + bytes([number])) for number in (1, 2)]
    assert _post(service, customer, "batch", [*images, ("name", "Shoes of spring")]) == 201
    batch = _batches(service, customer)[0]["batchId"]
    until(lambda: _batches(service, customer)[0]["status"] == "completed")
    service.call("POST", "/auth/api-keys", {"name": "Shop"}, customer.token)
    endpoint = {"url": "https://shop.example.com/hooks", "events": ["batch.completed"]}
    service.call("POST", "/webhooks/endpoints", endpoint, customer.token)
    return customer, batch


def start_batch(service: Service, customer: Customer, files: dict[str, bytes]) -> str:
    """A batch of these files; returns its identifier."""
    images = [_file("images", name, content) for name, content in files.items()]
    assert _post(service, customer, "batch", images) == 201
    return str(_batches(service, customer)[0]["batchId"])


def _batches(service: Service, customer: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.call(
        "GET", "/background-remover/batch", token=customer.token
    )["batches"]
    return found


def _post(service: Service, customer: Customer, path: str, fields: list[Any]) -> int:
    answer = urllib3.request(
        "POST",
        f"{service.url}/v1/background-remover/{path}",
        fields=[("tier", "basic"), *fields],
        headers={"Authorization": f"Bearer {customer.token}"},
        retries=False,
        timeout=120,
    )
    return answer.status


def _file(field: str, name: str, content: bytes) -> tuple[str, tuple[str, bytes, str]]:
    return field, (name, content, "image/png" if name.endswith("png") else "image/jpeg")


def blank() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(file, "PNG")
    return file.getvalue()
