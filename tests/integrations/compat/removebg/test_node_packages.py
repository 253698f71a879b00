"""Sessions of the Node packages `remove.bg` and `removd`, with only the host redirected: their
address is fixed in their files, which are changed as `patch-package` would.
"""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
# Each call's outcome is one line of JSON.
REMOVE_BG = """
const rbg = require('remove.bg');
const [poor, url] = process.argv.slice(1);
const calls = [
  () => rbg.removeBackgroundFromImageFile({ path: 'photo.jpg', outputFile: 'plain.png' }),
  () => rbg.removeBackgroundFromImageFile({
    path: 'photo.jpg', outputFile: 'crop.png', size: 'auto', crop: true, crop_margin: '2px' }),
  () => rbg.removeBackgroundFromImageBase64({
    base64img: require('fs').readFileSync('photo.jpg', 'base64'), bg_color: 'ff0000' }),
  () => rbg.removeBackgroundFromImageUrl({ url, type: 'car', roi: '0 0 100% 100%' }),
  () => rbg.removeBackgroundFromImageFile({ path: 'photo.jpg', channels: 'alpha' }),
  () => rbg.removeBackgroundFromImageFile({ path: 'blank.png' }),
  () => rbg.removeBackgroundFromImageFile({ path: 'photo.jpg', size: 'huge' }),
  () => rbg.removeBackgroundFromImageFile({ path: 'photo.jpg', apiKey: 'wrong' }),
  () => rbg.removeBackgroundFromImageFile({ path: 'photo.jpg', apiKey: poor }),
];
"""
REMOVD = """
const removd = require('removd');
const [poor, url] = process.argv.slice(1);
const calls = [
  () => removd.account({ api_key: key }),
  () => removd.file({ source: 'photo.jpg', destination: 'plain.png' }),
  () => removd.file({
    source: 'photo.jpg', destination: 'auto.png', size: 'auto', background: 'ff0000' }),
  () => removd.base64({ source: 'photo.jpg', destination: 'b64.png', channels: 'alpha' }),
  () => removd.url({ source: url, destination: 'url.png', detect: 'car' }),
  () => removd.file({ source: 'blank.png', destination: 'none.png' }),
  () => removd.file({ source: 'photo.jpg', destination: 'none.png', apikey: 'wrong' }),
  () => removd.file({ source: 'photo.jpg', destination: 'none.png', apikey: poor }),
  () => removd.account({ api_key: 'wrong' }),
];
"""
RUN = """
(async () => {
  for (const call of calls) {
    console.log(JSON.stringify(await call().catch((errors) => ({ errors }))));
  }
})();
"""


@pytest.fixture
def url(db: None) -> Iterator[str]:
    with running(application) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def folder(tmp_path: Path, url: str, node_packages: Path) -> Path:
    """A project with the packages, whose addresses are those of the service."""
    (tmp_path / "photo.jpg").write_bytes(photo())
    (tmp_path / "blank.png").write_bytes(blank())
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for package in node_packages.iterdir():
        if package.name not in ("remove.bg", "removd"):
            (modules / package.name).symlink_to(package)
    for name in ("remove.bg", "removd"):
        shutil.copytree(node_packages / name, modules / name)
        fixed = [path for path in (modules / name).rglob("*.js") if HOST in path.read_text()]
        assert fixed
        for path in fixed:
            path.write_text(path.read_text().replace(HOST, url))
    return tmp_path


def outcomes(folder: Path, code: str, *arguments: str) -> list[dict[str, Any]]:
    """The result or error of each call of a session."""
    done = subprocess.run(
        ["node", "-e", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def with_key(code: str, key: str) -> str:
    """`removd` reads its key from the call, `remove.bg` too; one that a call names wins."""
    given = code.replace("({", f"({{ apiKey: '{key}', apikey: '{key}',")
    return f"const key = '{key}';\n{given}{RUN}"


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def decoded(outcome: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(outcome["base64img"])))


def test_remove_bg(folder: Path, owner: User, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    poor = api_key_for(customer(0))
    with working(), serving(lambda _: Reply(body=photo((90, 60)))) as pictures:
        code = with_key(REMOVE_BG, api_key_for(owner))
        plain, crop, colour, url, mask, empty, size, wrong, unpaid = outcomes(
            folder, code, poor, f"{pictures.url}/a.jpg"
        )
    assert opened(folder / "plain.png").size == (96, 64)
    assert (plain["creditsCharged"], plain["detectedType"]) == ("3.0", "other")
    assert (plain["resultWidth"], plain["resultHeight"]) == ("96", "64")
    assert int(plain["rateLimitRemaining"]) < int(plain["rateLimit"]) == 500
    assert crop["creditsCharged"] == "8.0"
    assert opened(folder / "crop.png").width < 96
    assert decoded(colour).format == "JPEG"
    assert (decoded(url).size, url["detectedType"]) == ((90, 60), "car")
    assert decoded(mask).mode == "L"
    assert [failed["errors"][0]["code"] for failed in (empty, size, wrong, unpaid)] == [
        *("unknown_foreground", "invalid_size", "auth_failed", "insufficient_credits")
    ]
    assert wrong["errors"][0]["title"] == "API Key invalid"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=80, held=0)


def test_removd(folder: Path, owner: User, settings: Settings) -> None:
    settings.FETCH_ALLOW_PRIVATE = True
    poor = api_key_for(customer(0))
    with working(), serving(lambda _: Reply(body=photo((90, 60)))) as pictures:
        code = with_key(REMOVD, api_key_for(owner))
        account, plain, auto, encoded, url, empty, wrong, unpaid, stranger = outcomes(
            folder, code, poor, f"{pictures.url}/a.jpg"
        )
    assert account["credits"]["total"] == 100
    assert (plain["charged"], plain["dimensions"]) == (3, "96x64")
    assert opened(Path(plain["destination"])).mode == "RGBA"
    assert (auto["charged"], opened(Path(auto["destination"])).format) == (8, "JPEG")
    assert opened(Path(encoded["destination"])).mode == "L"
    assert (url["detected"], opened(Path(url["destination"])).size) == ("car", (90, 60))
    assert "No subject was found" in empty["error"]
    assert (wrong["error"], unpaid["error"]) == ("API Key invalid", "Insufficient credits")
    assert stranger["error"] == "API Key invalid"
    assert ledger.balance(user_id=owner.pk) == ledger.Balance(available=100 - 3 - 8 - 6, held=0)


TWICE = {
    "remove.bg": "require('remove.bg').removeBackgroundFromImageFile({ path: 'photo.jpg' })",
    "removd": "require('removd').file({ source: 'photo.jpg', destination: 'one.png' })",
}


@pytest.mark.parametrize("name", TWICE)
def test_beyond_the_rate_they_show_the_error(
    folder: Path, owner: User, settings: Settings, name: str
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "removebg": (1, 60, 1)}
    call = f"() => {TWICE[name]}"
    code = with_key(f"const calls = [{call}, {call}];", api_key_for(owner))
    with working():
        _, refused = outcomes(folder, code)
    assert "Rate limit exceeded" in json.dumps(refused)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("name", TWICE)
def test_ended_and_run_again_they_pay_once(folder: Path, owner: User, name: str) -> None:
    code = with_key(f"const calls = [() => {TWICE[name]}];", api_key_for(owner))
    with subprocess.Popen(["node", "-e", code], cwd=folder, stdout=subprocess.DEVNULL) as first:
        while not Job.objects.exists():
            assert first.poll() is None
        first.kill()
    with working():
        outcomes(folder, code)
    assert Job.objects.count() == 1
    assert ledger.balance(user_id=owner.pk).available == 97
