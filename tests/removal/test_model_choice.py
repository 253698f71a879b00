"""The field `model`, models pinned to API keys, and the model that a batch begins with."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import ApiKey, User
from common.http.auth import Scope
from removal import model_choice, runner, worker_registry
from removal.engine.checksums import checksum
from removal.models import Job
from removal.providers import failures
from tests.accounts.factories import api_key_for
from tests.batches.factories import claimed, started
from tests.removal.engine.models import mask_model
from tests.removal.factories import uploaded, working

URL = "/v1/background-remover/remove"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty model home, in a process that has met no damaged file yet."""
    monkeypatch.setattr(failures, "_known", {})
    settings.MODEL_HOME = tmp_path
    return tmp_path


@pytest.fixture
def u2netp(home: Path, settings: Settings) -> Path:
    """A small model that is installed under this name and accepted."""
    path = mask_model(home / "u2netp.onnx")
    settings.ALLOW_UNKNOWN_MODELS = {"u2netp": checksum(path)}
    return path


def post(client: Client, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    with working():
        body = {"image": uploaded(), "tier": "basic", **fields}
        return client.post(URL, body, headers=headers)


def used() -> str:
    return Job.objects.latest("pk").model_name


def pin(user: User, model: str) -> dict[str, str]:
    """The headers of a key that pins a model."""
    secret = api_key_for(user, [Scope.REMOVAL_WRITE])
    ApiKey.objects.filter(user=user).update(model=model)
    return {"X-API-Key": secret}


def test_a_model_of_the_tier_may_be_asked_for(api: Client, u2netp: Path) -> None:
    assert post(api).status_code == 200
    assert used() == "u2netp"
    assert post(api, model="lumiku-lite").status_code == 200
    assert used() == "lumiku-lite"


@pytest.mark.parametrize("name", ["u2net", "birefnet-general", "bria-rmbg", "nonsense"])
def test_a_model_that_cannot_be_had_is_refused_with_the_installed_ones(
    name: str, api: Client, u2netp: Path
) -> None:
    answer = post(api, model=name)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["details"]["field"] == "model"
    assert error["details"]["installed"] == ["u2netp", "lumiku-lite"]
    assert not Job.objects.exists()


def test_a_model_that_only_the_workers_have_may_be_asked_for(home: Path, u2netp: Path) -> None:
    worker_registry.report(model="u2netp", engine="onnxruntime CPUExecutionProvider")
    u2netp.unlink()
    assert model_choice.installed("basic") == ["u2netp", "lumiku-lite"]


def test_nothing_stands_in_for_the_model_and_nothing_is_charged(
    api: Client, home: Path, u2netp: Path
) -> None:
    u2netp.write_bytes(b"damaged meanwhile")
    assert post(api, model="u2netp").status_code == 503
    job = Job.objects.get()
    assert (job.status, job.credits_used) == ("failed", 0)


def test_a_key_pins_the_model_of_its_pictures(owner: User, u2netp: Path) -> None:
    headers = pin(owner, "lumiku-lite")
    assert post(Client(), headers).status_code == 200
    assert used() == "lumiku-lite"
    assert post(Client(), headers, model="u2netp").status_code == 200
    assert used() == "u2netp"


def test_a_pinned_model_that_the_tier_does_not_have_is_refused(owner: User, u2netp: Path) -> None:
    answer = post(Client(), pin(owner, "u2net"), tier="basic")
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["installed"] == ["u2netp", "lumiku-lite"]


def test_a_batch_goes_on_with_the_model_it_began_with(
    owner: User, home: Path, settings: Settings
) -> None:
    batch = started(owner, tier="basic")
    path = mask_model(home / "u2netp.onnx")
    settings.ALLOW_UNKNOWN_MODELS = {"u2netp": checksum(path)}
    (job,) = claimed(batch)
    runner.process(job)
    job.refresh_from_db()
    assert (job.usual_model, job.model_name) == ("lumiku-lite", "lumiku-lite")


def test_a_batch_whose_model_is_lost_goes_on_with_the_next(owner: User, u2netp: Path) -> None:
    batch = started(owner, tier="basic")
    u2netp.unlink()
    (job,) = claimed(batch)
    runner.process(job)
    job.refresh_from_db()
    assert (job.usual_model, job.status) == ("u2netp", "completed")
    assert job.model_name == "lumiku-lite"


def test_a_batch_keeps_its_fusion(owner: User, u2netp: Path) -> None:
    batch = started(owner, tier="professional")
    (job,) = claimed(batch)
    runner.process(job)
    job.refresh_from_db()
    assert (job.usual_model, job.model_name) == ("u2netp+lumiku-lite", "u2netp+lumiku-lite")
    assert len(job.model_version.split("+")) == 2
