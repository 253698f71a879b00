"""`POST /background-remover/integrations/pose-generator/auto-remove`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from billing import ledger
from common import storage
from integrations.models import Partner, PartnerRequest
from removal.models import Job
from tests.integrations.partners.conftest import misbehaving
from tests.removal.factories import working
from tests.removal.server import Reply, Seen

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/v1/background-remover/integrations/pose-generator/auto-remove"
CAT = Path(__file__).parents[3] / "samples" / "chelsea.jpg"


def post(api: Client, image: str = "pose_gen_001", tier: str = "standard") -> Any:
    return api.post(URL, {"generatedImageId": image, "tier": tier}, content_type="application/json")


def test_a_pose_is_cut_out_and_charged(
    api: Client, owner: User, connect: Callable[..., Partner]
) -> None:
    connect("pose-generator")
    with working():
        answer = post(api)
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    assert (data["generatedImageId"], data["creditsUsed"]) == ("pose_gen_001", 8)
    assert storage.exists(Job.objects.get(public_id=data["jobId"]).result_key)
    assert ledger.balance(user_id=owner.pk).available == 92
    assert PartnerRequest.objects.get(subject=data["jobId"]).items == ["pose_gen_001"]


@pytest.mark.parametrize(
    ("picture", "status", "code"),
    [
        (Reply(200, b"not an image", "image/jpeg"), 400, "INVALID_FILE_TYPE"),
        (Reply(200, b"x" * 11_000_000, "image/jpeg"), 502, "PARTNER_FAILED"),
        (Reply(403), 502, "PARTNER_FAILED"),
        (Reply(404), 404, "NOT_FOUND"),
        (Reply(500), 503, "PARTNER_UNAVAILABLE"),
    ],
)
def test_a_useless_image_is_a_typed_error_and_costs_nothing(
    api: Client, owner: User, picture: Reply, status: int, code: str
) -> None:
    def answer(request: Seen) -> Reply:
        named = request.path.startswith("/generated-images/")
        return Reply(200, b'{"imageUrl": "/picture.jpg"}') if named else picture

    with misbehaving("pose-generator", answer):
        refusal = post(api)
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (status, code)
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)
