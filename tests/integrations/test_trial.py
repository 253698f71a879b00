"""POST /background-remover/try: one picture without an account."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from billing import ledger
from integrations.trial.views import PREVIEW_PIXELS
from tests.accounts.factories import bearer
from tests.accounts.http import code
from tests.removal.conftest import media, owner
from tests.removal.factories import blank, photo, uploaded, working

__all__ = ["media", "owner"]

URL = "/v1/background-remover/try"

pytestmark = pytest.mark.django_db(transaction=True)


def tried(image: Any = None, address: str = "198.51.100.1", **headers: str) -> Any:
    client = Client(REMOTE_ADDR=address, headers=headers)
    with working():
        return client.post(URL, {"image": image or uploaded()})


def test_a_visitor_gets_a_small_cut_out() -> None:
    answer = tried(uploaded(photo((1200, 900))))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    picture = Image.open(io.BytesIO(b"".join(answer.streaming_content)))
    assert picture.mode == "RGBA"
    assert picture.width * picture.height <= PREVIEW_PIXELS


def test_a_login_pays_nothing_and_counts_by_the_network(owner: User) -> None:
    assert tried(authorization=bearer(owner)).status_code == 200
    assert ledger.balance(user_id=owner.pk).available == 100


def test_a_picture_without_a_subject_says_so() -> None:
    file = SimpleUploadedFile("blank.png", blank(), "image/png")
    assert code(tried(file)) == "NO_SUBJECT_FOUND"


def test_what_is_no_picture_or_too_large_is_refused(settings: Any) -> None:
    assert code(tried(uploaded(b"text"))) == "INVALID_FILE_TYPE"
    settings.SURFACE_LIMITS = {**settings.SURFACE_LIMITS, "trial": (1024, 25_000_000)}
    assert code(tried(uploaded(photo((1200, 900))))) == "FILE_TOO_LARGE"


def test_a_picture_is_needed_and_nothing_else() -> None:
    assert Client().post(URL, {}).status_code == 400
    assert Client().post(URL, {"image": uploaded(), "tier": "industry"}).status_code == 400
    assert Client().get(URL).status_code == 405


def test_one_network_cannot_use_up_anothers_tries(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "trial": (1, 60, 1)}
    assert tried().status_code == 200
    limited = tried()
    assert (limited.status_code, code(limited)) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(limited.headers["Retry-After"]) > 0
    assert tried(address="203.0.113.5").status_code == 200


def test_failures_of_visitors_do_not_lock_out_the_others(settings: Any) -> None:
    settings.FREE_FAILURES_PER_HOUR = 1
    tried(SimpleUploadedFile("blank.png", blank(), "image/png"))
    assert tried().status_code == 200
