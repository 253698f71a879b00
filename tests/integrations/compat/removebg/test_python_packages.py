"""Sessions of the Python packages `removebg` and `removebg-cli`, with only the host redirected."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from billing import ledger
from config.asgi import application
from removal.models import Job
from tests.accounts.factories import api_key_for
from tests.common.test_asgi import running
from tests.removal.factories import blank, customer, photo, working
from tests.removal.server import Reply, serving

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "https://api.remove.bg"
LIBRARY = """
import base64, json, sys
import requests
from removebg import RemoveBg, removebg
host, key, url = sys.argv[1:]
removebg.API_ENDPOINT = host + "/v1.0/removebg"
client = RemoveBg(key, "error.log")
client.remove_background_from_img_file("photo.jpg")
client.remove_background_from_img_url(url, new_file_name="url.png", size="4k")
text = base64.b64encode(open("photo.jpg", "rb").read()).decode()
client.remove_background_from_base64_img(text, new_file_name="b64.jpg", bg_color="ff0000")
for key, name in ((key, "blank.png"), ("wrong", "photo.jpg")):
    try:
        RemoveBg(key, "error.log").remove_background_from_img_file(name)
    except requests.HTTPError as problem:
        print(problem.response.status_code, problem.response.json()["errors"][0]["title"])
"""


@pytest.fixture
def url(db: None) -> Iterator[str]:
    with running(application) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(photo())
    (tmp_path / "blank.png").write_bytes(blank())
    return tmp_path


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def ran(
    folder: Path, code: str, *arguments: str, key: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "REMOVE_BG_API_KEY": key, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_library(url: str, owner: User, folder: Path, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    with working(), serving(lambda _: Reply(body=photo((90, 60)))) as pictures:
        done = ran(folder, LIBRARY, url, api_key_for(owner), f"{pictures.url}/a.jpg")
    assert done.returncode == 0, done.stderr
    assert opened(folder / "photo.jpg_no_bg.png").mode == "RGBA"
    assert opened(folder / "url.png").size == (90, 60)
    assert opened(folder / "b64.jpg").convert("RGB").getpixel((1, 1)) == (254, 0, 0)
    assert done.stdout.splitlines() == [
        "400 No subject was found in the picture; nothing was charged",
        "403 API Key invalid",
    ]
    # Two previews and one picture of full size.
    assert ledger.balance(user_id=owner.pk).available == 100 - 3 - 8 - 3


class TestCommand:
    """`removebg`, whose address is fixed in its source."""

    @pytest.fixture
    def code(self, url: str) -> str:
        spec = find_spec("removebg_cli")
        assert spec is not None
        assert spec.origin is not None
        text = Path(spec.origin).read_text()
        assert HOST in text
        return text.replace(HOST, url)

    def test_a_session(self, code: str, owner: User, folder: Path) -> None:
        key = api_key_for(owner)
        with working():
            for arguments in (
                ["photo.jpg"],
                ["photo.jpg", "-c", "-o", "crop.png"],
                ["photo.jpg", "-b", "white", "-f", "jpg", "-o", "white.jpg"],
                ["photo.jpg", "-f", "zip", "-o", "all.zip"],
                ["photo.jpg", "-s", "preview", "--shadow", "-f", "webp", "-o", "small.webp"],
            ):
                done = ran(folder, code, *arguments, key=key)
                assert done.returncode == 0, done.stdout + done.stderr
                assert f"{3 if 'preview' in arguments else 8}.0 credits" in done.stdout
            account = ran(folder, code, "--account", key=key)
        assert opened(folder / "photo-nobg.png").mode == "RGBA"
        assert opened(folder / "crop.png").width < 96
        assert opened(folder / "white.jpg").format == "JPEG"
        assert opened(folder / "small.webp").format == "WEBP"
        with zipfile.ZipFile(folder / "all.zip") as archive:
            assert archive.namelist() == ["color.jpg", "alpha.png"]
        assert "65.0" in account.stdout

    def test_why_it_was_refused(self, code: str, owner: User, folder: Path) -> None:
        poor = api_key_for(customer(0))
        with working():
            for arguments, key, expected in (
                (["photo.jpg"], "wrong", "API错误 [403]: API Key invalid"),
                (["photo.jpg"], poor, "API错误 [402]: Insufficient credits"),
                (["photo.jpg", "-b", "nocolour"], api_key_for(owner), "API错误 [400]: Invalid"),
                (["--account"], "wrong", "API Key 无效"),
            ):
                done = ran(folder, code, *arguments, key=key)
                assert (done.returncode, expected in done.stdout) == (1, True), done.stdout
        assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100, held=0)

    def test_it_reads_how_long_to_wait_after_a_429(
        self, code: str, owner: User, folder: Path, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (1, 60, 1)}
        hurried = code.replace("time.sleep(retry_after)", "print('waits', retry_after)")
        assert hurried != code
        key = api_key_for(owner)
        with working():
            first, second = (ran(folder, hurried, "photo.jpg", key=key) for _ in "12")
        assert (first.returncode, second.returncode) == (0, 1)
        waits = [int(line.split()[1]) for line in second.stdout.splitlines() if "waits" in line]
        assert len(waits) == 3
        assert all(1 <= seconds <= 60 for seconds in waits)
        assert "API错误 [429]: Rate limit exceeded" in second.stdout
        assert Job.objects.count() == 1

    def test_sent_again_after_time_outs_it_is_one_charge(
        self, code: str, owner: User, folder: Path
    ) -> None:
        impatient = code.replace("timeout=60", "timeout=0.5")
        assert impatient != code
        key = api_key_for(owner)
        assert ran(folder, impatient, "photo.jpg", key=key).returncode == 1
        with working():
            assert ran(folder, code, "photo.jpg", key=key).returncode == 0
        assert Job.objects.count() == 1
        assert ledger.balance(user_id=owner.pk).available == 92
