"""The code in `docs/webhooks.md` that verifies a signature by hand, run as it stands there."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integrations.webhooks import signing

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
BODY = '{"type":"job.completed","data":{"name":"bücher"}}'.encode()


def code(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL))


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    names: dict[str, Any] = {}
    exec(code("python"), names)  # noqa: S102 - the documented code itself
    try:
        names["verify"](secret, headers, body)
    except ValueError:
        return False
    return True


def in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    call = (
        f"verify({json.dumps(secret)}, {json.dumps(headers)}, Buffer.from('{body.hex()}', 'hex'))"
    )
    return _runs(["node", "--input-type=module", "-e", f"{code('js')}\n{call}"])


def in_php(secret: str, headers: dict[str, str], body: bytes) -> bool:
    given = f"json_decode('{json.dumps(headers)}', true)"
    call = f"verify('{secret}', {given}, hex2bin('{body.hex()}'));"
    return _runs(["php", "-r", f"{code('php')}\n{call}"])


def _runs(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.parametrize("verify", [in_python, in_node, in_php])
def test_it_accepts_what_we_sign_and_nothing_else(
    verify: Callable[[str, dict[str, str], bytes], bool],
) -> None:
    secret, previous = signing.new_secret(), signing.new_secret()
    now = int(time.time())
    made = signing.headers(event_id="evt_1", timestamp=now, body=BODY, secrets=[secret, previous])
    assert verify(secret, made, BODY)
    assert verify(previous, made, BODY)
    assert not verify(signing.new_secret(), made, BODY)
    assert not verify(secret, made, BODY + b" ")
    old = signing.headers(event_id="evt_1", timestamp=now - 301, body=BODY, secrets=[secret])
    assert not verify(secret, old, BODY)
