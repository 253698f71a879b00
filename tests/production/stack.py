"""The services of docker-compose.yml, run without containers: its commands, environments and nginx
configuration, with Postgres, Valkey and an S3 server of the tests in the place of the images.

A path inside a container becomes one in a folder of the service; nothing else is changed.
"""

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql

from sandbox.ports import accepts, free_port
from sandbox.process import Child, Process, wait_ready
from sandbox.valkey import Valkey
from sandbox.watchdog import Watchdog
from tests.common.certificates import certificate_for
from tests.deploy import compose
from tests.objectstore import REGION, ObjectStore
from tests.programs import require

HOST = "localhost"
WORKERS = ("worker-interactive", "worker-batch", "worker-maintenance")
_NGINX = """\
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/default.conf;
}}
"""


@dataclass
class Stack:
    """The service as it runs; `url` is nginx's."""

    home: Path
    url: str
    plain_url: str
    certificate: Path
    bucket: str
    services: Mapping[str, compose.Service] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)

    def command(self, words: tuple[str, ...], name: str) -> list[str]:
        """A command of the container `name`, as it is run here."""
        return [self._outside(word, name) for word in words]

    def environment(self, name: str) -> dict[str, str]:
        """The image's, then .env's, then the service's own; nothing of this process's."""
        given = {**compose.image_environment(), **self.variables, **self.services[name].environment}
        inside = {key: self._outside(value, name) for key, value in given.items() if key != "PATH"}
        return {
            **inside,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }

    def run(self, words: tuple[str, ...], name: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the container `name` and waits for it."""
        return subprocess.run(
            self.command(words, name),
            cwd=compose.ROOT,
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,  # every migration from nothing, on a machine that is busy
        )

    def healthy(self, name: str) -> bool:
        """Result of the health check of `name`."""
        kind, *words = self.services[name].healthcheck
        assert kind == "CMD"
        return self.run(tuple(words), name).returncode == 0

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text(errors="replace")

    def folder(self, name: str) -> Path:
        return self.home / name

    def _outside(self, text: str, name: str) -> str:
        own = str(self.folder(name))
        places = {
            "/app/static": f"{self.home}/static",
            "/app": str(compose.ROOT),
            "/tmp": f"{own}/tmp",  # noqa: S108
            "/var/lib/lumiku": f"{own}/var",
            "/models": f"{own}/models",
            "http://127.0.0.1:8000": f"http://127.0.0.1:{self.variables['WEB_PORT']}",
        }
        for inside, outside in places.items():
            if text == inside or text.startswith(f"{inside}/"):
                return outside + text.removeprefix(inside)
        return text


@contextlib.contextmanager
def running(home: Path, store: ObjectStore) -> Iterator[Stack]:
    """The whole service, up for the length of the block."""
    with contextlib.ExitStack() as exits:
        watchdog = Watchdog()
        exits.callback(watchdog.close)
        valkey = Valkey(home / "valkey")
        start = _starter(home, watchdog, exits)
        start(valkey.child())
        database = exits.enter_context(_database())
        stack = _plan(home, store, database_url=database, redis_url=valkey.url)
        _build(stack)
        _migrate(stack)
        processes = [start(_child(stack, name)) for name in ("web", *WORKERS, "beat")]
        for process in processes:
            wait_ready(process)
        wait_ready(start(_nginx(stack)))
        yield stack


def _plan(home: Path, store: ObjectStore, *, database_url: str, redis_url: str) -> Stack:
    """Fills in .env as an operator would, from .env.example."""
    web, plain, tls = free_port(), free_port(), free_port()
    certificates = home / "tls"
    certificates.mkdir()
    certificate = certificate_for(HOST, certificates / "tls.crt")
    (certificates / "tls.key").write_bytes(certificate.read_bytes())
    url = f"https://{HOST}:{tls}"
    variables = {
        **compose.example(),
        **{name: secrets.token_hex(24) for name in compose.required()},
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "METRICS_TOKEN": secrets.token_urlsafe(48),
        "BASE_URL": url,
        "ALLOWED_HOSTS": HOST,
        "EMAIL_URL": "smtp://127.0.0.1:1",
        # No mail arrives here, so nobody could follow the link of a verification mail.
        "VERIFY_EMAIL": "false",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "S3_ENDPOINT_URL": store.endpoint,
        "S3_REGION": REGION,
        "S3_ACCESS_KEY": store.access_key,
        "S3_SECRET_KEY": store.secret_key,
        "S3_BUCKET": f"lumiku-{secrets.token_hex(4)}",
        "S3_ADDRESS": store.endpoint.removeprefix("http://"),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(web),
        "WEB_ADDRESS": f"127.0.0.1:{web}",
        "HTTP_LISTEN": f"127.0.0.1:{plain}",
        "HTTPS_LISTEN": f"127.0.0.1:{tls}",
        "TLS_FOLDER": str(certificates),
        "RESOLVER": "127.0.0.1",
        # Two cores have to do here.
        "INTERACTIVE_PROCESSES": "1",
        "MAINTENANCE_PROCESSES": "2",
    }
    return Stack(
        home=home,
        url=url,
        plain_url=f"http://{HOST}:{plain}",
        certificate=certificate,
        bucket=variables["S3_BUCKET"],
        services=compose.services(variables),
        variables=variables,
    )


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A database of its own on the server of the tests."""
    server = settings.DATABASES["default"]
    login = f"{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}"
    name = f"production_{secrets.token_hex(4)}"
    with psycopg.connect(f"postgresql://{login}/postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"postgresql://{login}/{name}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _build(stack: Stack) -> None:
    """Environment that the images are built with."""
    collected = stack.run(("/app/deploy/images/collect.sh", "python"), "web")
    assert collected.returncode == 0, collected.stderr
    for name in stack.services:
        for inside in ("tmp", "var/uploads", "models"):
            (stack.folder(name) / inside).mkdir(parents=True)


def _migrate(stack: Stack) -> None:
    migrated = stack.run(
        ("/app/deploy/images/entrypoint.sh", *stack.services["migrate"].command), "migrate"
    )
    (stack.home / "migrate.log").write_text(migrated.stdout + migrated.stderr)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr


def _child(stack: Stack, name: str) -> Child:
    words = ("/app/deploy/images/entrypoint.sh", *stack.services[name].command)
    return Child(
        name=name,
        argv=tuple(stack.command(words, name)),
        cwd=compose.ROOT,
        env=stack.environment(name),
        ready=_ready(stack, name),
        ready_timeout_s=120,
        stop_timeout_s=30,
    )


def _ready(stack: Stack, name: str) -> Callable[[], bool] | None:
    if name == "web":
        return lambda: accepts(int(stack.variables["WEB_PORT"])) and stack.healthy("web")
    if name in WORKERS:
        return Path(stack.environment(name)["WORKER_SEEN_FILE"]).exists
    return None


def _nginx(stack: Stack) -> Child:
    folder = stack.folder("nginx")
    service = stack.services["nginx"]
    template = (compose.ROOT / "deploy/nginx/lumiku.conf.template").read_text()
    for name, value in service.environment.items():
        template = template.replace(f"${{{name}}}", value)
    (folder / "default.conf").write_text(template)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, user=user))
    port = int(stack.variables["HTTPS_LISTEN"].rpartition(":")[2])
    return Child(
        name="nginx",
        argv=(require("nginx")["nginx"], "-c", f"{folder}/nginx.conf", "-g", "daemon off;"),
        cwd=folder,
        ready=lambda: accepts(port),
    )


def _starter(
    home: Path, watchdog: Watchdog, exits: contextlib.ExitStack
) -> Callable[[Child], Process]:
    """Starts a child whose output goes to a file of its name, and stops it at the end."""

    def start(child: Child) -> Process:
        with (home / f"{child.name}.log").open("ab") as output:
            process = Process(child, watchdog=watchdog, output=output)
        exits.callback(process.stop)
        return process

    return start
