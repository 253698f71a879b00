"""Random combinations of parameters on the small services' surfaces: no 5xx, each in its own format
of errors, and nothing charged on a refusal.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.http import urlencode
from pytest_django import Settings

from accounts.models import User
from batches.models import Batch
from billing import ledger
from removal import runner
from removal.models import Job
from tests.integrations.compat.calls import client_of, content
from tests.integrations.compat.fuzzing import chooser, combinations
from tests.removal.factories import blank, photo, working

pytestmark = pytest.mark.django_db(transaction=True)
COMBINATIONS = combinations(15)

ODD = ["", " ", "0", "-1", "null", "true", "ä", "٣", "1e9", "nan", "x" * 500, "u2net", "PNG", "jpg"]
NAMES = [
    *("image", "images", "images[]", "file", "email", "model", "output_format", "quality"),
    *("scale", "user_id", "format", "size"),
]
MISTAKES = {400, 401, 402, 404, 405, 413, 415, 422, 423}


@pytest.fixture
def api(owner: User, settings: Settings) -> Client:
    limits = dict.fromkeys(settings.RATE_LIMITS, (10**6, 60, 10**6))
    settings.RATE_LIMITS, settings.FREE_FAILURES_PER_HOUR = limits, 10**6
    ledger.grant(user_id=owner.pk, credits=10**6, key="fuzz", reason="for the test")
    return client_of(owner)


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    with working():
        yield


def post(client: Client, path: str, fields: Any) -> Any:
    answer: Any = client.post(path, fields)
    answer.body = content(answer)
    return answer


def file(chosen: random.Random) -> SimpleUploadedFile:
    size = chosen.randint(1, 120), chosen.randint(1, 90)
    kind = chosen.choice(["JPEG", "PNG", "WEBP", "GIF", "BMP", "none", "blank", "cut"])
    data = blank(size) if kind == "blank" else photo(size, kind="PNG")
    if kind not in ("blank", "none", "cut"):
        data = photo(size, kind=kind, mode="P" if kind == "GIF" else "RGB")
    data = b"" if kind == "none" else data[: len(data) // 2] if kind == "cut" else data
    return SimpleUploadedFile(chosen.choice(["a.jpg", "b.png", "ä.gif", "c"]), data, "image/jpeg")


def fields(chosen: random.Random, files: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: chosen.choice([*ODD, file(chosen)]) for name in chosen.sample(NAMES, 3)
    }
    for name in files:
        if chosen.random() < 0.8:
            found[name] = [file(chosen) for _ in range(chosen.randint(1, 2))]
    if chosen.random() < 0.7:
        found["email"] = chosen.choice(["you@example.com", *ODD])
    return found


def check(answer: Any, key: str, label: str) -> None:
    if answer.status_code >= 300:
        assert answer.status_code in MISTAKES, label
        assert set(json.loads(answer.body)) == {key}, label


def balance(user: User) -> ledger.Balance:
    return ledger.balance(user_id=user.pk)


@pytest.mark.usefixtures("worker")
def test_microservice(api: Client, owner: User) -> None:
    chosen = chooser(11)
    for number in range(COMBINATIONS):
        given, before = fields(chosen, ["image"]), balance(owner)
        answer = post(api, "/remove-bg", given)
        label = f"{number}: {given} → {answer.status_code} {answer.body[:100]!r}"
        check(answer, "error", label)
        spent = before.available - balance(owner).available
        assert spent == int(answer.headers.get("X-Credits-Charged", 0)), label
        assert balance(owner).held == 0, label


def test_batches_of_the_microservice(api: Client, owner: User) -> None:
    chosen = chooser(12)
    for number in range(COMBINATIONS):
        given, before = fields(chosen, ["images"]), balance(owner)
        answer: Any = api.post("/remove-bg/batch", given)
        answer.body = content(answer)
        label = f"{number}: {given} → {answer.status_code} {answer.body[:100]!r}"
        check(answer, "error", label)
        if answer.status_code == 202:
            batch_id = json.loads(answer.body)["batch_id"]
            status = api.get(f"/queue-status/{batch_id}")
            assert status.status_code == 200, label
            assert Batch.objects.filter(public_id=batch_id).exists(), label
        else:
            assert balance(owner) == before, label


def test_asynchronous_service(api: Client, owner: User) -> None:
    chosen = chooser(13)
    for number in range(COMBINATIONS):
        given, before = fields(chosen, ["file"]), balance(owner)
        answer: Any = api.post("/process", given)
        answer.body = content(answer)
        label = f"{number}: {given} → {answer.status_code} {answer.body[:100]!r}"
        check(answer, "detail", label)
        if answer.status_code != 202:
            assert balance(owner) == before, label
            continue
        processing_id = json.loads(answer.body)["processing_id"]
        runner.run(Job.objects.latest("pk").public_id)
        status = api.get(f"/status/{processing_id}").json()["status"]
        picture = api.get(f"/download/{processing_id}")
        assert (status, picture.status_code) in (("completed", 200), ("failed", 404)), label
        spent = before.available - balance(owner).available
        assert (spent, balance(owner).held) == (8 if status == "completed" else 0, 0), label


@pytest.mark.usefixtures("worker")
def test_jwt_service(api: Client, owner: User) -> None:
    chosen = chooser(14)
    for number in range(COMBINATIONS):
        user_id = chosen.choice(["jahid12345", *ODD])
        minted = api.post(f"/auth/token?{urlencode({'user_id': user_id})}")
        assert minted.status_code in (200, 422), user_id
        bearer = minted.json().get("access_token", chosen.choice(["", "x", "a.b.c", "ä"]))
        client = Client(headers={"authorization": f"Bearer {bearer}"})
        given, before = fields(chosen, ["file"]), balance(owner)
        answer = post(client, "/api/remove-background", given)
        label = f"{number}: {given} → {answer.status_code} {answer.body[:100]!r}"
        check(answer, "detail", label)
        spent = before.available - balance(owner).available
        assert spent == int(answer.headers.get("X-Credits-Charged", 0)), label
        assert client.get("/metrics/").status_code in (200, 401), label
