import os
from pathlib import Path

import pytest

from common.observability import liveness


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "seen"
    monkeypatch.setenv(liveness.SEEN_FILE, str(path))
    return path


def test_a_worker_that_never_started_has_no_age(seen: Path) -> None:
    assert liveness.idle_s() is None


def test_without_the_setting_there_is_no_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(liveness.SEEN_FILE, raising=False)
    assert liveness.idle_s() is None


def test_the_age_counts_from_the_last_task(seen: Path) -> None:
    seen.touch()
    os.utime(seen, (0, 0))
    assert (liveness.idle_s() or 0) > 1_000_000
    liveness._seen()
    assert (liveness.idle_s() or 0) < 1_000
