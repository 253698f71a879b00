"""The operators' page of models."""

import socket
from pathlib import Path

import pytest
import redis
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from common.models import OperatorAction
from removal import downloads, worker_registry
from removal.engine.checksums import checksum
from removal.models import ModelDownload
from removal.providers import failures
from tests.accounts.factories import UserFactory
from tests.removal.engine.models import mask_model

pytestmark = pytest.mark.django_db
PAGE = "/admin/removal/modeldownload/"
DOWNLOAD = f"{PAGE}download/u2netp/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MODEL_HOME = tmp_path
    monkeypatch.setattr(failures, "_known", {})
    return tmp_path


def logged_in(*permissions: str, staff: bool = True) -> Client:
    user = UserFactory(is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def operator() -> Client:
    return logged_in("view_modeldownload", "change_modeldownload")


def text(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_every_model_is_there_with_size_licence_version_and_what_it_is_good_for() -> None:
    page = text(operator())
    for words in ("u2netp", "4.6 MB", "Apache-2.0", "309c8469258d", "trained on DUTS", "bria-rmbg"):
        assert words in page
    assert "Not allowed (no commercial use)" in page
    assert "No worker process reported its models" in page


def test_it_says_what_each_tier_uses_here_and_on_the_workers(
    home: Path, broker: redis.Redis
) -> None:
    worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    mask_model(home / "u2netp.onnx")
    page = text(operator())
    assert "1 worker process reported its models" in page
    assert "Present, but the checksum differs" in page
    assert "nothing: no model" not in page
    assert "1 of 1" in page


@pytest.mark.parametrize("host", [socket.gethostname(), "another-machine"])
def test_installed_models_can_be_downloaded_for_workers_that_lack_them(
    host: str,
    home: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    broker: redis.Redis,
) -> None:
    with monkeypatch.context() as there:
        there.setattr(socket, "gethostname", lambda: host)
        worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    path = mask_model(home / "u2netp.onnx")
    settings.ALLOW_UNKNOWN_MODELS = {"u2netp": checksum(path)}
    assert (DOWNLOAD in text(operator())) == (host == "another-machine")


def test_it_says_which_worker_could_not_use_a_model(
    monkeypatch: pytest.MonkeyPatch, broker: redis.Redis
) -> None:
    monkeypatch.setattr(failures, "_known", {"u2net": "the file is cut off"})
    worker_registry.report(model="lumiku-lite", engine="onnxruntime CPUExecutionProvider")
    assert "Not usable for a worker: the file is cut off" in text(operator())


def test_without_valkey_the_page_says_what_is_not_known(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "Valkey does not answer" in text(operator())


def test_download_is_asked_for_once_and_shown(broker: redis.Redis) -> None:
    client = operator()
    assert DOWNLOAD in text(client)
    for _ in range(2):
        assert client.post(DOWNLOAD).status_code == 302
    page = text(client)
    assert "Waits for a worker" in page
    assert DOWNLOAD not in page
    assert 'http-equiv="refresh"' in page
    assert ModelDownload.objects.count() == OperatorAction.objects.count() == 1


def test_a_running_download_shows_its_progress_and_a_failed_one_its_reason() -> None:
    client = operator()
    client.post(DOWNLOAD)
    [row] = downloads.QUEUE.claim(now=timezone.now())
    ModelDownload.objects.update(host="worker-1", bytes_done=2 * 1024**2, bytes_total=4 * 1024**2)
    page = text(client)
    assert "Downloading on worker-1" in page
    assert '<progress class="block mt-1 w-full" value="2097152" max="4194304"' in page
    downloads.QUEUE.fail(row, error="<index> is unavailable", now=timezone.now(), final=True)
    page = text(client)
    assert "&lt;index&gt; is unavailable" in page
    assert DOWNLOAD in page
    assert 'http-equiv="refresh"' not in page


@pytest.mark.parametrize("opted_in", [False, True])
def test_models_without_commercial_use_need_the_operators_word(
    opted_in: bool, settings: Settings
) -> None:
    settings.ALLOW_NONCOMMERCIAL_MODELS = opted_in
    client = operator()
    address = f"{PAGE}download/bria-rmbg/"
    assert (address in text(client)) == opted_in
    client.post(address)
    assert ModelDownload.objects.exists() == opted_in
    assert ("forbids commercial use" in text(client)) == (not opted_in)


def test_staff_who_may_only_view_models_cannot_download() -> None:
    client = logged_in("view_modeldownload")
    assert DOWNLOAD not in text(client)
    assert client.post(DOWNLOAD).status_code == 403
    assert not ModelDownload.objects.exists()


def test_staff_without_permission_users_and_strangers_see_and_do_nothing() -> None:
    for client, answer in ((logged_in(), 403), (logged_in(staff=False), 302), (Client(), 302)):
        assert client.get(PAGE).status_code == answer
        assert client.post(DOWNLOAD).status_code == answer
    assert not ModelDownload.objects.exists()


def test_only_a_form_downloads() -> None:
    assert operator().get(DOWNLOAD).status_code == 405
