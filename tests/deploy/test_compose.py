"""docker-compose.yml, .env.example and the settings name the same things."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.deploy import compose
from tests.deploy.queues import consumed, routed

FILLED = dict.fromkeys(compose.required(), "x")
OURS = ("web", "worker-interactive", "worker-batch", "worker-maintenance", "beat", "migrate")
# Variables that Compose, nginx and the images' scripts read, and the settings do not.
ELSEWHERE = {
    *("HTTP_PORT", "HTTPS_PORT", "TLS_DIR", "POSTGRES_PASSWORD", "VALKEY_PASSWORD"),
    *("WEB_PROCESSES", "INTERACTIVE_PROCESSES", "BATCH_PROCESSES", "MAINTENANCE_PROCESSES"),
    *("WORKER_SEEN_FILE", "WORKER_METRICS_PORT", "TMPDIR", "BEAT_SCHEDULE"),
}


def known() -> set[str]:
    """Every variable that the settings read."""
    files = (compose.ROOT / "config/settings").glob("*.py")
    source = "".join(file.read_text() for file in files)
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', source))
    return names | ELSEWHERE


@pytest.fixture(scope="module")
def services() -> dict[str, compose.Service]:
    return compose.services(FILLED)


def test_interpolation_follows_compose() -> None:
    text = "$$HOME ${A}-${B:-${A}!}-${C:-}-${D:?needed}"
    assert compose.interpolate(text, {"A": "a", "D": "d"}) == "$HOME a-a!--d"
    with pytest.raises(compose.Missing):
        compose.interpolate(text, {"A": "a"})


def test_every_queue_has_a_worker(services: dict[str, compose.Service]) -> None:
    assert consumed(service.command for service in services.values()) == routed()


def test_every_image_is_pinned(services: dict[str, compose.Service]) -> None:
    for service in services.values():
        name, _, tag = service.image.rpartition(":")
        assert name, service.name
        assert tag not in ("", "latest"), service.name


def test_our_containers_have_the_least_privileges(
    services: dict[str, compose.Service],
) -> None:
    for name in OURS:
        raw = services[name].raw
        assert raw["read_only"], name
        assert raw["cap_drop"] == ["ALL"], name
        assert raw["security_opt"] == ["no-new-privileges:true"], name


def test_only_nginx_can_be_reached_from_outside(services: dict[str, compose.Service]) -> None:
    assert [name for name, each in services.items() if each.raw.get("ports")] == ["nginx"]


def test_every_server_has_a_health_check(services: dict[str, compose.Service]) -> None:
    watched = {name for name, each in services.items() if each.healthcheck}
    assert watched == set(services) - {"beat", "migrate"}


def test_nothing_starts_before_the_migrations(services: dict[str, compose.Service]) -> None:
    for name in set(OURS) - {"migrate"}:
        waits: Any = services[name].raw["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully", name


def test_every_variable_is_read_by_the_code(services: dict[str, compose.Service]) -> None:
    given = {name for each in OURS for name in services[each].environment}
    assert (given | set(compose.example())) - known() == set()


def test_the_example_names_what_is_required_and_gives_no_secret() -> None:
    example = compose.example()
    assert compose.required() <= set(example)
    secret = re.compile("KEY|TOKEN|PASSWORD|SECRET|EMAIL_URL|DATABASE_URL|REDIS_URL")
    assert [name for name, value in example.items() if secret.search(name) and value] == []


def test_every_setting_of_the_example_is_explained() -> None:
    text = "".join(
        (compose.ROOT / "docs" / name).read_text()
        for name in (
            "settings.md",
            "operations/deploy.md",
            "operations/scale.md",
            "operations/failure.md",
        )
    )
    assert [name for name in compose.example() if f"`{name}`" not in text] == []


def test_the_build_has_every_app_and_nothing_local() -> None:
    lines = (compose.ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    apps = {app for app in settings.INSTALLED_APPS if (compose.ROOT / app).is_dir()}
    assert "*" in lines
    assert apps | {"config", "manage.py"} <= allowed
    assert not allowed & {"var", "tests", ".env", "sandbox"}


def test_the_gpu_override_changes_services_that_exist(
    services: dict[str, compose.Service],
) -> None:
    override = yaml.safe_load((compose.ROOT / "docker-compose.gpu.yml").read_text())
    assert set(override["services"]) <= set(services)


def test_nginx_lets_the_largest_batch_and_image_through(settings: Any) -> None:
    text = (compose.ROOT / "deploy/nginx/lumiku.conf.template").read_text()
    sizes = [int(size) * 1024**2 for size in re.findall(r"client_max_body_size (\d+)m;", text)]
    general, batch, removebg, photoroom, microservice, microservice_batch, upload = sizes
    assert photoroom >= settings.SURFACE_LIMITS["photoroom"][0] + 1024**2
    assert general >= settings.MAX_REQUEST_BYTES
    assert batch >= settings.BATCH_MAX_BYTES + settings.MAX_REQUEST_BYTES
    assert removebg >= 2 * settings.SURFACE_LIMITS["removebg"][0] + 1024**2
    assert microservice >= settings.SURFACE_LIMITS["microservice"][0] + 1024**2
    assert microservice_batch == batch
    assert upload >= settings.MAX_IMAGE_BYTES
