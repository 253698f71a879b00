"""`POST /background-remover/integrations/image-upscaler/pipeline`."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from billing import ledger
from common import storage
from integrations.models import Partner
from removal.models import Job
from tests.integrations.partners.conftest import misbehaving
from tests.removal.factories import photo, uploaded, working
from tests.removal.server import Reply

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1/background-remover/integrations/image-upscaler/pipeline"
CAT = Path(__file__).parents[3] / "samples" / "chelsea.jpg"


def post(api: Client, data: bytes | None = None, **fields: Any) -> Any:
    content = CAT.read_bytes() if data is None else data
    with working():
        return api.post(URL, {"image": uploaded(content), "tier": "basic", **fields})


@pytest.mark.parametrize("order", ["remove-first", "upscale-first"])
def test_the_cut_out_is_enlarged_in_either_order(
    api: Client, owner: User, connect: Callable[..., Partner], order: str
) -> None:
    connect("image-upscaler")
    answer = post(api, order=order, factor="2")
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    assert (data["order"], data["factor"], data["creditsUsed"]) == (order, 2, 3)
    job = Job.objects.get(public_id=data["jobId"])
    with Image.open(io.BytesIO(storage.read(job.result_key))) as picture:
        size, mode, text = picture.size, picture.mode, dict(picture.info)
    with Image.open(CAT) as original:
        assert size == (original.width * 2, original.height * 2)
    assert (mode, text) == ("RGBA", {})
    assert (job.result_width, job.result_height) == size


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(500), "PARTNER_UNAVAILABLE"),
        (Reply(401), "PARTNER_FAILED"),
        (Reply(200, b"no picture", "image/png"), "PARTNER_FAILED"),
        (Reply(200, photo((64, 64)), "image/jpeg"), "PARTNER_FAILED"),
    ],
)
@pytest.mark.parametrize("order", ["remove-first", "upscale-first"])
def test_a_partner_that_fails_costs_nothing(
    api: Client, owner: User, reply: Reply, code: str, order: str
) -> None:
    with misbehaving("image-upscaler", lambda _: reply):
        answer = post(api, order=order)
    assert answer.json()["error"]["code"] == code, answer.content
    assert answer.status_code in (502, 503)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
    assert Job.objects.get().result_key == ""


def test_an_enlargement_past_the_cap_is_refused_before_any_work(
    api: Client, owner: User, connect: Callable[..., Partner]
) -> None:
    connect("image-upscaler")
    answer = post(api, data=photo((3000, 2000)), factor="4")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "FILE_TOO_LARGE")
    assert error["details"]["field"] == "factor"
    assert not Job.objects.exists()


def test_a_zip_cannot_be_enlarged(api: Client, connect: Callable[..., Partner]) -> None:
    connect("image-upscaler")
    answer = post(api, format="zip")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")


def test_a_partner_disconnected_meanwhile_costs_nothing(
    api: Client, owner: User, connect: Callable[..., Partner]
) -> None:
    partner = connect("image-upscaler")
    answer = api.post(URL, {"image": uploaded(), "tier": "basic", "async": "true"})
    assert answer.status_code == 202, answer.content
    Partner.objects.filter(pk=partner.pk).update(active=False)
    job_id = answer.json()["data"]["jobId"]
    with working():
        # The row and not the endpoint, whose rate is limited.
        while Job.objects.get(public_id=job_id).status in ("queued", "processing"):
            pass
    job = api.get(f"/v1/background-remover/jobs/{job_id}")
    assert job.json()["data"]["error"]["code"] == "PARTNER_UNAVAILABLE"
    assert ledger.balance(user_id=owner.pk).available == 100
