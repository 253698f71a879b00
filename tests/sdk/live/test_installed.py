"""The built wheel in an empty environment, and the first example of its documentation there."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.faults.service_stack import ServiceStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# As the API's documentation gives it, except for the key.
EXAMPLE = """
from lumiku import BackgroundRemoverClient

client = BackgroundRemoverClient(api_key='YOUR_API_KEY')

# Single removal
with open('image.jpg', 'rb') as f:
    result = client.remove_single(
        image=f,
        tier='professional'
    )
    print(f"Processed URL: {result.processed_url}")

# Batch processing
batch = client.start_batch(
    images=['img1.jpg', 'img2.jpg', 'img3.jpg'],
    tier='standard'
)

# Poll for progress
while not batch.is_complete():
    progress = batch.get_progress()
    print(f"Progress: {progress.percentage}%")
    time.sleep(2)

# Download ZIP
batch.download_zip('output.zip')
"""


def test_the_documented_example_runs_as_it_stands(
    service: ServiceStack, installed: Path, photos: list[Path]
) -> None:
    folder = photos[0].parent
    (folder / "image.jpg").write_bytes(photos[0].read_bytes())
    # It uses `time` without importing it.
    program = "import time\n" + EXAMPLE.replace("YOUR_API_KEY", service.key)
    done = subprocess.run(
        [installed / "python", "-I", "-c", f"import os; {_given(service)}\n{program}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"Processed URL: {service.address.url}/processed/" in done.stdout
    with zipfile.ZipFile(folder / "output.zip") as archive:
        assert {"removed-img1.png", "removed-img3.png"} <= set(archive.namelist())


def test_the_wheel_says_that_it_is_typed_and_brings_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "lumiku/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests") for name in names)


def _given(service: ServiceStack) -> str:
    """`-I` ignores no variables but Python's own; the address is the one that is needed."""
    return f"os.environ['LUMIKU_BASE_URL'] = {service.address.url!r}"
