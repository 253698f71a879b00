"""The supervisor with small child processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import supervisor as module
from sandbox.application import ROOT
from sandbox.console import Console
from sandbox.process import Child, StartFailed
from sandbox.supervisor import GaveUp, Interrupted, Supervisor

FOREVER = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1); {FOREVER}"


def _child(name: str, code: str, **options: object) -> Child:
    argv = (sys.executable, "-u", "-c", code)
    return Child(name=name, argv=argv, cwd=ROOT, **options)  # type: ignore[arg-type]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(logs=tmp_path / "logs", console=Console(colour=False)) as supervisor:
        yield supervisor


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _eventually(holds: Callable[[], bool], *, within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_lines_carry_the_name_and_are_kept_in_a_file(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(_child("talker", f"print('hello'); {FOREVER}"))
    log = tmp_path / "logs" / "talker.log"
    supervisor.run(until=lambda: log.read_text() == "hello\n")
    assert capsys.readouterr().out == "talker     | hello\n"


def test_a_quiet_child_only_writes_its_file(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(_child("talker", f"print('hello'); {FOREVER}"), quiet=True)
    log = tmp_path / "logs" / "talker.log"
    supervisor.run(until=lambda: log.read_text() == "hello\n")
    assert capsys.readouterr().out == ""


def test_a_quiet_child_goes_on_writing_while_nobody_pumps(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    code = (
        f"print('x' * 1_000_000, flush=True); import pathlib; pathlib.Path({str(done)!r}).touch()"
    )
    supervisor.start(_child("talker", f"{code}; {FOREVER}"), quiet=True)
    assert _eventually(done.exists)


def test_the_last_words_of_a_quiet_child_are_told(supervisor: Supervisor, tmp_path: Path) -> None:
    earlier = tmp_path / "logs" / "broken.log"
    earlier.write_text("an earlier run\n")
    with pytest.raises(StartFailed, match="no room") as failure:
        supervisor.start(
            _child("broken", "raise SystemExit('no room')", ready=lambda: False), quiet=True
        )
    assert "an earlier run" not in str(failure.value)


@pytest.mark.parametrize("status", [0, 1])
def test_a_task_beside_the_others_may_end(
    status: int, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(_child("task", f"print('done'); raise SystemExit({status})", once=True))
    supervisor.run(until=lambda: "task" not in supervisor.names())
    assert capsys.readouterr().out == "task       | done\n"


def test_start_waits_until_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    flag = tmp_path / "ready"
    code = f"import pathlib; pathlib.Path({str(flag)!r}).touch(); {FOREVER}"
    supervisor.start(_child("slow", code, ready=flag.exists))
    assert flag.exists()


def test_a_child_that_ends_before_it_is_ready_shows_its_last_lines(supervisor: Supervisor) -> None:
    broken = _child("broken", "raise SystemExit('no such table')", ready=lambda: False)
    with pytest.raises(StartFailed, match=r"broken ended with status 1\nno such table"):
        supervisor.start(broken)


def test_a_child_that_never_becomes_ready_is_an_error(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailed, match="sleeper was not ready after 0 s"):
        supervisor.start(_child("sleeper", FOREVER, ready=lambda: False, ready_timeout_s=0.2))


def test_a_crashed_child_is_started_again(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pids = tmp_path / "logs" / "crasher.log"
    supervisor.start(_child("crasher", f"import os; print(os.getpid()); {FOREVER}"))
    supervisor.run(until=lambda: pids.read_text().count("\n") == 1)
    os.kill(int(pids.read_text()), signal.SIGKILL)
    supervisor.run(until=lambda: pids.read_text().count("\n") == 2)
    assert "crasher ended unexpectedly (SIGKILL); starting it again" in capsys.readouterr().out


def test_the_supervisor_gives_up_on_a_child_that_keeps_crashing(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (0.0,) * module.MAX_CRASHES)
    supervisor.start(_child("hopeless", "raise SystemExit('bad settings')"))
    with pytest.raises(GaveUp, match=r"(?s)too often to go on.*bad settings"):
        supervisor.run()


def test_a_task_returns_what_it_printed(supervisor: Supervisor) -> None:
    code = "import sys; print('result'); print('noise', file=sys.stderr)"
    assert supervisor.task(_child("task", code)) == "result\n"


def test_a_task_that_fails_says_why(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailed, match=r"task failed:\nno such column"):
        supervisor.task(_child("task", "raise SystemExit('no such column')"))


def test_leaving_the_block_stops_every_child_and_its_children(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    code = (
        "import subprocess, sys; "
        f"print(subprocess.Popen([sys.executable, '-c', {FOREVER!r}]).pid); {FOREVER}"
    )
    with Supervisor(logs=logs, console=Console(colour=False)) as supervisor:
        supervisor.start(_child("parent", code))
        supervisor.run(until=lambda: (logs / "parent.log").read_text().endswith("\n"))
    grandchild = int((logs / "parent.log").read_text())
    assert _eventually(lambda: not _is_running(grandchild))


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with Supervisor(logs=logs, console=Console(colour=False)) as supervisor:
        supervisor.start(_child("stubborn", STUBBORN, stop_timeout_s=0.3))
        supervisor.run(until=lambda: bool((logs / "stubborn.log").read_text()))
        process = supervisor.process("stubborn")
    assert process.returncode() == -signal.SIGKILL


def test_a_second_signal_makes_stopping_immediate(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    with Supervisor(logs=logs, console=Console(colour=False)) as supervisor:
        supervisor.start(_child("stubborn", STUBBORN, stop_timeout_s=100))
        supervisor.run(until=lambda: bool((logs / "stubborn.log").read_text()))
        process = supervisor.process("stubborn")
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
    assert process.returncode() == -signal.SIGKILL


def test_services_are_stopped_last(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys\n"
        "def stop(*_):\n"
        f"    print(NAME, file=open({str(order)!r}, 'a')); sys.exit()\n"
        f"signal.signal(signal.SIGTERM, stop); print('up'); {FOREVER}"
    )
    logs = tmp_path / "logs"
    with Supervisor(logs=logs, console=Console(colour=False)) as supervisor:
        supervisor.start(_child("database", f"NAME = 'database'\n{code}", service=True))
        supervisor.start(_child("web", f"NAME = 'web'\n{code}"))
        names = ("database", "web")
        supervisor.run(until=lambda: all((logs / f"{name}.log").read_text() for name in names))
    assert order.read_text().split() == ["web", "database"]


def test_a_signal_interrupts_the_run(supervisor: Supervisor) -> None:
    supervisor.start(_child("sleeper", FOREVER))
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(Interrupted):
        supervisor.run()


def test_nothing_is_left_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from sandbox.console import Console; "
        "from sandbox.process import Child; from sandbox.supervisor import Supervisor\n"
        f"s = Supervisor(logs=Path({str(tmp_path)!r}), console=Console())\n"
        f"s.start(Child(name='c', argv=(sys.executable, '-c', {FOREVER!r}), cwd=Path('/')))\n"
        "print(s.process('c').pid, flush=True)\n"
        "s.run()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout
        pid = int(victim.stdout.readline())
        assert _is_running(pid)
        victim.kill()
    assert _eventually(lambda: not _is_running(pid))
