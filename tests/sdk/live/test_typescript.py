"""The TypeScript package, packed and installed: in Node, and in a browser from another origin."""

import contextlib
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.faults.service_stack import ServiceStack
from tests.programs import find, require
from tests.sdk.live.conftest import PHOTO, ROOT, environment
from tests.sdk.test_operations import lacking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SDK = ROOT / "sdk" / "typescript"
TESTS = ROOT / "tests" / "sdk" / "typescript"
# As the API's documentation gives it, except for address and key.
EXAMPLE = """
import { BackgroundRemoverClient } from '@lumiku/sdk'

const client = new BackgroundRemoverClient({
  apiKey: 'YOUR_API_KEY',
  baseUrl: 'https://api.lumiku.com/v1'
})

// Single removal
const result = await client.removeSingle({
  image: fileInput.files[0],
  tier: 'professional'
})

// Batch processing with progress callback
const batch = await client.startBatch({
  images: Array.from(fileInput.files),
  tier: 'standard',
  onProgress: (progress) => {
    console.log(`${progress.percentage}% complete`)
  }
})

// Wait for completion
await batch.waitForCompletion()
const zipUrl = batch.getDownloadUrl()
"""
PAGE = """<!doctype html><input type="file" id="fileInput" multiple>
<script type="importmap">
{"imports": {"@lumiku/sdk": "/node_modules/@lumiku/sdk/dist/index.js"}}</script>
<button onclick="import('/example.js').catch((error) => console.log(String(error)))">go</button>
"""


def npm(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *arguments, "--no-audit", "--no-fund"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project in which the packed package is installed; the compiler comes from the
    registry, and without it the tests are skipped.
    """
    if not (find("npm") and find("node")):
        pytest.skip("npm and Node are not installed")
    source = tmp_path_factory.mktemp("source") / "sdk"
    shutil.copytree(SDK, source, ignore=shutil.ignore_patterns("node_modules", "dist"))
    if npm("ci", cwd=source).returncode:
        pytest.skip("the package registry cannot be reached, which has the compiler")
    packed = npm("pack", "--json", cwd=source)
    assert packed.returncode == 0, packed.stdout + packed.stderr
    [tarball] = source.glob("*.tgz")
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    installed = npm("install", "--offline", str(tarball), cwd=folder)
    assert installed.returncode == 0, installed.stderr
    (folder / "tsc").symlink_to(source / "node_modules" / "typescript" / "bin" / "tsc")
    return folder


def example(service: ServiceStack) -> str:
    text = EXAMPLE.replace("YOUR_API_KEY", service.key)
    return text.replace("https://api.lumiku.com/v1", f"{service.address.url}/v1")


def test_the_package_holds_what_it_should(project: Path) -> None:
    package = project / "node_modules" / "@lumiku" / "sdk"
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.*")}
    assert {"dist/index.js", "dist/index.d.ts", "README.md", "CHANGELOG.md"} <= found
    assert (package / "LICENSE").exists()
    assert not [name for name in found if name.startswith("src/")]
    assert "dependencies" not in json.loads((package / "package.json").read_text())


@pytest.mark.django_db
def test_it_has_a_method_for_every_operation(project: Path) -> None:
    shutil.copy(TESTS / "operations.mjs", project)
    shown = subprocess.run(
        ["node", "operations.mjs"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    assert lacking({(method, path) for method, path in json.loads(shown)}) == set()


def test_it_works_in_node(service: ServiceStack, project: Path) -> None:
    shutil.copy(TESTS / "live.test.mjs", project)
    done = subprocess.run(
        ["node", "--test", "live.test.mjs"],
        cwd=project,
        env={**environment(service), "PHOTO": str(PHOTO)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documented_example_has_the_types_that_it_needs(
    service: ServiceStack, project: Path
) -> None:
    declared = "declare const fileInput: HTMLInputElement\n"
    (project / "example.ts").write_text(example(service) + declared)
    options = ["--noEmit", "--module", "nodenext", "--target", "es2022"]
    done = subprocess.run(
        ["node", "tsc", *options, "example.ts"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.system
def test_the_documented_example_runs_in_a_page_of_another_origin(
    service: ServiceStack, project: Path, photos: list[Path]
) -> None:
    require("chromium")
    (project / "index.html").write_text(PAGE)
    shown = "console.log('ZIP: ' + zipUrl + ' ' + result.processedUrl)\n"
    (project / "example.js").write_text(example(service) + shown)
    said: list[str] = []
    with serving(project) as origin, chromium.page() as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{origin}/index.html")
        page.locator("input").set_input_files(list(photos))
        with page.expect_console_message(lambda message: _is_end(message.text), timeout=120_000):
            page.get_by_role("button", name="go").click()
    assert said[-1].startswith(f"ZIP: {service.address.url}/batches/batch_"), said
    assert f" {service.address.url}/processed/" in said[-1]
    assert "100% complete" in said


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The files of a folder at an origin of their own."""
    handler = functools.partial(_Quiet, directory=os.fspath(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keeps the test's output readable."""


def _is_end(text: str) -> bool:
    return text.startswith("ZIP: ") or "Error" in text
