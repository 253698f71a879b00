import threading
import time
from typing import Any

import pytest

from common.workqueue import wakeup
from sandbox.ports import free_port


def test_a_wakeup_wakes_the_waiter() -> None:
    heard: list[bool] = []
    waiter = threading.Thread(target=lambda: heard.append(wakeup.wait("job:1", timeout_s=30)))
    waiter.start()
    wakeup.notify("job:1")
    waiter.join(timeout=20)
    assert heard == [True]


def test_a_wakeup_that_comes_first_is_kept() -> None:
    wakeup.notify("job:1")
    assert wakeup.wait("job:1", timeout_s=30)


def test_a_wakeup_wakes_once() -> None:
    wakeup.notify("job:1")
    wakeup.wait("job:1", timeout_s=30)
    assert not wakeup.wait("job:1", timeout_s=0.05)


def test_without_a_wakeup_no_waiter_returns() -> None:
    assert not wakeup.wait("job:1", timeout_s=0.05)
    assert not wakeup.wait("job:1", timeout_s=0)
    assert not wakeup.wait("job:1", timeout_s=-1)


def test_it_listens_past_one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeup, "SLICE_S", 0.05)
    timer = threading.Timer(0.3, wakeup.notify, ["job:1"])
    timer.start()
    assert wakeup.wait("job:1", timeout_s=30)
    timer.join()


def test_a_wakeup_for_another_key_ends_no_wait() -> None:
    wakeup.notify("job:2")
    assert not wakeup.wait("job:1", timeout_s=0.05)


def test_an_unused_wakeup_is_forgotten_in_time(valkey: Any) -> None:
    wakeup.notify("job:1")
    assert 0 < valkey.ttl("lumiku:wakeup:job:1") <= wakeup.KEPT_S


def test_without_valkey_waking_and_waiting_do_no_harm(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port(None)}/0"
    wakeup.notify("job:1")
    begun = time.monotonic()
    assert not wakeup.wait("job:1", timeout_s=60)
    assert time.monotonic() - begun < 30
