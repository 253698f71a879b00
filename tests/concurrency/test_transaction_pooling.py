"""The service behind a real PgBouncer that lends connections out by transaction."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from sandbox.application import ROOT
from sandbox.ports import LOOPBACK, free_port
from tests.accounts.factories import UserFactory
from tests.browser.service import until
from tests.programs import require

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

# A second connection to Postgres is opened, and then each statement gets the one that it did not
# get before.
READ_BY_PARTS = """
import threading
import django
django.setup()
from django.db import transaction
from accounts.models import User
with transaction.atomic():
    User.objects.count()
    other = threading.Thread(target=User.objects.count)
    other.start()
    other.join()
print(sum(1 for _ in User.objects.order_by("pk").iterator(chunk_size=1)))
"""


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """The address of the test's database behind PgBouncer."""
    program = require("pgbouncer")["pgbouncer"]
    about, port = connection.settings_dict, free_port()
    server = f"host={about['HOST']} port={about['PORT']} password={about['PASSWORD']}"
    lines = [
        *("[databases]", f"* = {server} user={about['USER']}"),
        *("[pgbouncer]", "pool_mode = transaction", "server_round_robin = 1"),
        *(f"listen_addr = {LOOPBACK}", f"listen_port = {port}", "unix_socket_dir ="),
        "auth_type = any",
        # Root may not run it under its own account.
        *(["user = nobody"] if os.geteuid() == 0 else []),
    ]
    (tmp_path / "pgbouncer.ini").write_text("\n".join(lines))
    url = f"postgresql://{about['USER']}@{LOOPBACK}:{port}/{quote(about['NAME'])}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([program, tmp_path / "pgbouncer.ini"], stdout=log, stderr=log)
    try:
        until(lambda: _answers(url), told=(tmp_path / "log").read_text)
        yield url
    finally:
        process.terminate()
        process.wait()


def test_long_results_are_read_whole(database_url: str) -> None:
    for _ in range(5):
        UserFactory()
    given = {"DATABASE_URL": database_url, "DATABASE_TRANSACTION_POOLING": "true"}
    assert _run(READ_BY_PARTS, **given) == "5"


def _run(program: str, **variables: str) -> str:
    shared = {"DJANGO_SETTINGS_MODULE": "config.settings.base", "DATABASE_POOL_MAX": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **shared, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
