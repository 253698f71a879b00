"""Webhook deliveries to a receiver that fails, hangs and is restarted, beside others that work.

`python -m benchmarks.webhooks [--deliveries 1000] [--seconds 30]`. One endpoint fails 30 % of its
requests and hangs on 5 %, and is killed and started again once. Ten endpoints of other accounts get
an event each tenth of a second, first alone and then beside it. So that it takes minutes and not a
day, back-off is divided by 60 and a receiver is awaited for 3 s; all else is the product's. Exit 1
if an event is missing, a signature does not verify, or the others' median delay more than 1.5 ×.
"""

import argparse
import contextlib
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.million import empty_database

FAIL, HANG, TIMEOUT_S, SPEED = 0.3, 0.05, 3.0, 60
OTHERS, PAUSE_S = 10, 0.1


@dataclass
class Receiver:
    """A receiver in a process of its own, on a port that it keeps over restarts."""

    port: int
    log: Path
    options: tuple[str, ...] = ()
    secret: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "benchmarks.webhook_receiver", str(self.port)]
        self.process = subprocess.Popen([*command, str(self.log), self.secret, *self.options])
        while self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def lines(self) -> list[list[str]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split() for line in text.splitlines()]

    def accepted(self) -> dict[str, float]:
        """The first time at which each event was accepted."""
        first: dict[str, float] = {}
        for event, at, outcome in self.lines():
            if outcome == "accepted":
                first.setdefault(event, float(at))
        return first


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main(deliveries: int, seconds: float) -> int:
    os.environ["FETCH_ALLOW_PRIVATE"] = "true"
    # The worker decrypts what this process encrypts.
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    with tempfile.TemporaryDirectory() as folder, empty_database():
        return _measure(deliveries, seconds, Path(folder))


def _measure(deliveries: int, seconds: float, folder: Path) -> int:
    bad = Receiver(
        free_port(),
        folder / "bad",
        (f"--fail={FAIL}", f"--hang={HANG}", f"--hang-s={TIMEOUT_S * 3}"),
    )
    good = [Receiver(free_port(), folder / f"good{number}") for number in range(OTHERS)]
    owners = [_endpoint(number, one) for number, one in enumerate([bad, *good])]
    try:
        for receiver in [bad, *good]:
            receiver.start()
        with _sending():
            alone = _steady(owners[1:], good, seconds)
            began = time.time()
            for number in range(deliveries):
                _record(owners[0], f"bad-{number}")
            restarts = threading.Thread(target=_restart, args=(bad, deliveries // 3))
            restarts.start()
            beside = _steady(owners[1:], good, seconds)
            restarts.join()
            while len(bad.accepted()) < deliveries and time.time() - began < 900:
                time.sleep(0.5)
            took = max(bad.accepted().values(), default=began) - began
    finally:
        for receiver in [bad, *good]:
            receiver.kill()
    return _report(deliveries, bad, took, alone, beside)


def _report(
    deliveries: int, bad: Receiver, took: float, alone: list[float], beside: list[float]
) -> int:
    outcomes = Counter(outcome for _, _, outcome in bad.lines())
    arrived = len(bad.accepted())
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"{arrived} of {deliveries} events accepted in {took:.0f} s; requests: {dict(outcomes)}")
    for name, delays in (("alone", alone), ("beside it", beside)):
        p95 = sorted(delays)[int(len(delays) * 0.95)]
        median = statistics.median(delays) * 1000
        print(
            f"others {name}: {len(delays)} events, median {median:.0f} ms, p95 {p95 * 1000:.0f} ms"
        )
    print(f"ratio of medians {ratio:.2f}")
    return int(arrived < deliveries or outcomes["forged"] > 0 or ratio > 1.5)


def _endpoint(number: int, receiver: Receiver) -> Any:
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415 - once Django is set up
    from integrations.webhooks import endpoints  # noqa: PLC0415

    user = User.objects.create(email=f"person{number}@example.com")
    made = endpoints.create(
        user_id=user.pk,
        url=f"http://127.0.0.1:{receiver.port}/",
        events=["*"],
        now=timezone.now(),
    )
    receiver.secret = made.secret
    return user


def _record(user: Any, key: str) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from integrations.webhooks import recorder  # noqa: PLC0415

    recorder.record(
        user_id=user.pk,
        event="job.completed",
        key=key,
        subject=key,
        data={"jobId": key},
        now=timezone.now(),
    )


@contextlib.contextmanager
def _sending() -> Iterator[None]:
    """A worker in a process of its own."""
    worker = subprocess.Popen([sys.executable, "-m", "benchmarks.webhooks", "--worker"])
    time.sleep(5)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def work() -> None:
    """Do what the task does, again and again."""
    import django  # noqa: PLC0415 - settings are read from the environment of the process above

    django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from common.outbound import callbacks  # noqa: PLC0415
    from integrations.webhooks import backoff, sender  # noqa: PLC0415

    callbacks.TIMEOUT_S = TIMEOUT_S
    backoff._STEPS_S = tuple(step / SPEED for step in backoff._STEPS_S)  # type: ignore[assignment]
    while True:
        sender.deliver_due(clock=timezone.now, for_s=5)
        time.sleep(0.05)


def _steady(owners: list[Any], receivers: list[Receiver], seconds: float) -> list[float]:
    """Events at a steady pace; returns how long after it was recorded each was accepted."""
    from integrations.models import Event  # noqa: PLC0415

    first = Event.objects.count()
    ends = time.time() + seconds
    number = 0
    while time.time() < ends:
        _record(owners[number % len(owners)], f"good-{first}-{number}")
        number += 1
        time.sleep(PAUSE_S)
    time.sleep(5)
    accepted = {event: at for one in receivers for event, at in one.accepted().items()}
    rows = Event.objects.filter(user__in=owners, key__startswith=f"good-{first}-")
    recorded = dict(rows.values_list("public_id", "created_at"))
    return [accepted[event] - at.timestamp() for event, at in recorded.items()]


def _restart(receiver: Receiver, after: int) -> None:
    """Kill the receiver once it has accepted so many, and start it again three seconds later."""
    while len(receiver.accepted()) < after:
        time.sleep(0.1)
    receiver.kill()
    time.sleep(3)
    receiver.start()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--worker", action="store_true", help="for the benchmark itself")
    given = parser.parse_args()
    if given.worker:
        work()
    sys.exit(main(given.deliveries, given.seconds))
