"""The service's own processes, and the environment in which they run on one machine."""

import functools
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import celery
import urllib3
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from sandbox.partners import SLUGS, PartnerApp
from sandbox.ports import port_of
from sandbox.private import read_json, write_json
from sandbox.process import Child

ROOT = Path(__file__).resolve().parent.parent
_WEB_WORKERS = 2
BATCH_NICENESS = 19
# The limit is compared with a process's peak memory: the model, and one large photo for each
# thread.
BATCH_MEMORY_KB = 500_000
BATCH_MEMORY_PER_THREAD_KB = 600_000
# bin/up prints one line about it instead.
_NO_ROOT_WARNING = "ignore:You're running the worker with superuser"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@dataclass(frozen=True)
class Address:
    """The address on which the web server listens, and its URL on this machine."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """A URL that opens on this machine, whatever address the server listens on."""
        host = "127.0.0.1" if self.host in _ANY_ADDRESS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def environment(
    *,
    var: Path,
    address: Address,
    database_url: str,
    redis_url: str,
    mail_port: int,
    payments: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment of every process of the service. The caller's environment takes precedence
    wherever that makes sense, so that any setting can be tried out. `payments` tells how to reach
    the Stripe-speaking server, if there is one.
    """
    defaults = {
        **_secrets(var / "secrets.json"),
        **({"JWT_SIGNING_KEY": signing} if (signing := os.environ.get("JWT_SECRET_KEY")) else {}),
        "BASE_URL": address.url,
        "ALLOWED_HOSTS": ",".join(_allowed_hosts(address.host)),
        "MEDIA_ROOT": _given("OUTPUT_DIR") or _given("CACHE_DIR") or str(var / "media"),
        "EMAIL_URL": "" if os.environ.get("SMTP_SERVER") else f"smtp://127.0.0.1:{mail_port}",
        "INFERENCE_THREADS": "1",
        "BATCH_THREADS": str(cores()),
    }
    fixed = {
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "LUMIKU_MODE": "embedded",
        "VAR_DIR": str(var),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STATIC_ROOT": str(var / "static"),
        "PROMETHEUS_MULTIPROC_DIR": str(var / "run" / "metrics"),
        "PYTHONUNBUFFERED": "1",
    }
    # A blank variable counts as unset; otherwise each process would generate a secret of its own.
    given = {name: value for name, value in os.environ.items() if value.strip()}
    return {**defaults, **given, **(payments or {}), **fixed}


def _given(name: str) -> str:
    """A path from the environment, made absolute because processes have folders of their own."""
    value = os.environ.get(name, "").strip()
    return str(Path(value).expanduser().resolve()) if value else ""


# The variables that a command needs in order to work on the same data as the service.
_SHARED = (
    "DATABASE_URL",
    "REDIS_URL",
    "VAR_DIR",
    "MEDIA_ROOT",
    "STATIC_ROOT",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "SECRET_KEY",
    "JWT_SIGNING_KEY",
    "METRICS_TOKEN",
)


def shared(env: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that `manage.py` reads while the service runs."""
    payments = {name: value for name, value in env.items() if name.startswith("STRIPE_")}
    return {name: env[name] for name in _SHARED if name in env} | payments


def _secrets(path: Path) -> dict[str, str]:
    """The secrets of this installation, generated once, so that tokens and signed links outlive a
    restart.
    """
    saved = read_json(path)
    names = ("SECRET_KEY", "JWT_SIGNING_KEY", "METRICS_TOKEN")
    values = {name: str(saved.get(name) or secrets.token_urlsafe(48)) for name in names}
    if values != saved:
        write_json(path, values)
    return values


def _allowed_hosts(host: str) -> list[str]:
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in _ANY_ADDRESS:
        return [*names, socket.gethostname(), *_outward_address()]
    return names if host in _LOOPBACK else [*names, f"[{host}]" if ":" in host else host]


def _outward_address() -> list[str]:
    """The address that other machines see, if there is one. No packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


def manage(name: str, *arguments: str, env: Mapping[str, str]) -> Child:
    """`manage.py` with `arguments`, as a task called `name`."""
    return Child(name=name, argv=(sys.executable, "manage.py", *arguments), cwd=ROOT, env=env)


def prepare(state: Path, *, stripe: bool, env: Mapping[str, str]) -> Child:
    """The preparation of the database, as a task; `state` has the demo account of earlier runs."""
    argv = [sys.executable, "-m", "sandbox.prepare", "--state", str(state)]
    return Child(name="prepare", argv=(*argv, *["--stripe"] * stripe), cwd=ROOT, env=env)


def models(*, small: bool, env: Mapping[str, str]) -> Child:
    """The download of the usual models, which runs beside everything else; workers use a model as
    soon as it is installed.
    """
    names = ("u2netp",) if small else ("u2netp", "u2net")
    argv = (sys.executable, "manage.py", "download_model", *names, "--optional")
    return Child(name="models", argv=argv, cwd=ROOT, env=env, once=True)


def connect_partners(app: PartnerApp, *, env: Mapping[str, str]) -> Child:
    """The connection of all partners to the reference partner application."""
    argv = (
        *(sys.executable, "manage.py", "connect_partner", *SLUGS, "--base-url", app.url),
        *("--allow-private", "--unless-elsewhere"),
    )
    named = {"PARTNER_TOKEN": app.token, "PARTNER_WEBHOOK_SECRET": app.webhook_secret}
    return Child(name="partners", argv=argv, cwd=ROOT, env={**env, **named}, once=True)


def web(address: Address, *, listener: int, env: Mapping[str, str]) -> Child:
    """The web server, on the listening socket with the number `listener`."""
    return Child(
        name="web",
        argv=(
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--fd", str(listener), "--workers", str(_WEB_WORKERS)),
            # An access log would contain signed links.
            *(
                "--no-access-log",
                "--no-server-header",
                "--no-proxy-headers",
                "--timeout-graceful-shutdown",
                "10",
            ),
            # Messages on the progress socket are short; compressing them would cost memory per
            # client.
            *("--ws-max-size", "65536", "--ws-per-message-deflate", "false"),
            *("--ws-ping-interval", "20", "--ws-ping-timeout", "20"),
            *("--log-level", "warning"),
        ),
        cwd=ROOT,
        env=env,
        descriptors=(listener,),
        ready=functools.partial(_is_healthy, f"{address.url}/health"),
        ready_timeout_s=120,
    )


def worker(
    name: str,
    *,
    queues: str,
    processes: int,
    env: Mapping[str, str],
    niceness: int = 0,
    memory_kb: int | None = None,
) -> Child:
    """A Celery worker that counts as ready once it consumes from the first of `queues`.

    A positive `niceness` lowers its priority; a process above `memory_kb` is replaced.
    """
    return Child(
        name=name,
        argv=(
            *(("nice", "-n", str(niceness)) if niceness else ()),
            *(sys.executable, "-W", _NO_ROOT_WARNING, "-m", "celery", "-A", "config", "--quiet"),
            "worker",
            *("-n", f"{name}@%h", "-Q", queues, "--pool", "prefork", "-c", str(processes)),
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            *(("--max-memory-per-child", str(memory_kb)) if memory_kb else ()),
        ),
        cwd=ROOT,
        env=env,
        ready=functools.partial(
            _consumes, name=name, queue=queues.partition(",")[0], redis_url=env["REDIS_URL"]
        ),
        ready_timeout_s=120,
        stop_timeout_s=30,
    )


def batch_worker(*, env: Mapping[str, str]) -> Child:
    """The worker of batches: one process with a thread for every core, at the lowest priority, so
    that single removals hardly slow down.
    """
    threads = int(env.get("BATCH_THREADS") or cores())
    memory_kb = BATCH_MEMORY_KB + (threads + 1) * BATCH_MEMORY_PER_THREAD_KB
    return worker(
        "batch", queues="batch", processes=1, env=env, niceness=BATCH_NICENESS, memory_kb=memory_kb
    )


def beat(var: Path, *, env: Mapping[str, str]) -> Child:
    """The scheduler of the periodic tasks."""
    return Child(
        name="beat",
        argv=(
            *(sys.executable, "-m", "celery", "-A", "config", "--quiet", "beat"),
            *(
                "--loglevel",
                "WARNING",
                "--schedule",
                str(var / "run" / "beat-schedule"),
                "--pidfile",
                "",
            ),
        ),
        cwd=ROOT,
        env=env,
    )


# How many of `children` remove the background of a single photo.
FOR_SINGLES = 2


def children(
    *, var: Path, address: Address, listener: int, env: Mapping[str, str]
) -> tuple[Child, ...]:
    """All processes of the service, those first that a single photo needs; `listener` is the number
    of the socket that listens at `address`.
    """
    return (
        web(address, listener=listener, env=env),
        worker("interactive", queues="interactive", processes=cores(), env=env),
        batch_worker(env=env),
        worker("maintenance", queues="maintenance,delivery", processes=2, env=env),
        beat(var, env=env),
    )


@dataclass(frozen=True)
class Mail:
    """The mail sink: its command and where it listens."""

    port: int
    child: Child


def mail(listener: socket.socket, folder: Path) -> Mail:
    """The mail sink on a listening loopback socket, which stays open for as long as the sink runs;
    it stores messages in `folder`.
    """
    child = Child(
        name="mail",
        argv=(sys.executable, "-m", "sandbox.mail", str(listener.fileno()), str(folder)),
        cwd=ROOT,
        descriptors=(listener.fileno(),),
        service=True,
    )
    return Mail(port=port_of(listener), child=child)


def cores() -> int:
    """Processors this process may use, a container's CPU quota included."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(allowed, round(int(quota) / int(period))))
    except (OSError, ValueError):
        return allowed


def _is_healthy(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=1.0, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _consumes(*, name: str, queue: str, redis_url: str) -> bool:
    with celery.Celery(broker=redis_url, set_as_current=False) as probe:
        try:
            answers = probe.control.inspect(timeout=0.5).active_queues() or {}
        except (OSError, OperationalError, RedisError):
            return False
    return any(
        host.startswith(f"{name}@") and any(entry["name"] == queue for entry in queues)
        for host, queues in answers.items()
    )
