"""The lock that allows one `up` per checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.application import ROOT
from sandbox.lock import AlreadyRunning, Lock

HOLD = (
    "import sys, time; from pathlib import Path; from sandbox.lock import Lock; "
    "Lock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(600)"
)


def test_a_second_start_names_the_process_with_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid}.*kill {holder.pid}"):
            Lock(path).acquire()
        holder.kill()


def test_the_lock_is_released_when_its_process_dies(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    first = Lock(path)
    first.acquire()
    first.release()
    second = Lock(path)
    second.acquire()
    assert path.read_text() == f"{os.getpid()}\n"
    second.release()
