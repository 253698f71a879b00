"""A broker that is away costs a delay, never an error."""

import os
import subprocess
import sys


def test_announcing_without_a_broker_only_warns() -> None:
    """In a process of its own, because connections to the broker are kept for a process's life."""
    code = "import django; django.setup(); from removal import dispatch; dispatch.announce('job_1')"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the sweeper will announce job_1" in ran.stderr + ran.stdout
