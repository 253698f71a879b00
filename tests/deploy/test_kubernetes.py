"""The manifests: valid for Kubernetes, least privilege, and in step with the service."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.db import connection
from django.utils import timezone

from accounts.models import User
from batches import worker
from removal import bulk
from tests.batches.conftest import media, owner
from tests.batches.factories import started, succeed, worked
from tests.deploy.compose import ROOT
from tests.deploy.queues import consumed, routed
from tests.deploy.test_compose import known
from tests.removal.factories import completed, queued

__all__ = ["media", "owner"]

FOLDER = ROOT / "deploy/kubernetes"
VERSIONS = ("1.29", "1.34")


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


ALL = [document for name, document in documents() if name != "gpu.yaml"]
PODS = {
    document["metadata"].get("name", "migrate"): document["spec"]["template"]["spec"]
    for document in ALL
    if document["kind"] in ("Deployment", "Job")
}
CORE = [
    each
    for each in ALL
    if "keda.sh" not in each["apiVersion"] and "kustom" not in each["kind"].lower()
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", CORE, ids=lambda each: each["kind"])
def test_kubernetes_accepts_it(document: dict[str, Any], version: str) -> None:
    metadata = {"name": "generated", **document["metadata"]}
    kubernetes_validate.validate({**document, "metadata": metadata}, version, strict=True)


def test_every_manifest_is_applied_or_excluded_by_name() -> None:
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    apart = {"kustomization.yaml", "secret.template.yaml", "migrate.yaml", "gpu.yaml"}
    assert {path.name for path in FOLDER.glob("*.yaml")} == listed | apart


@pytest.mark.parametrize("name", sorted(PODS))
def test_pods_have_no_more_rights_than_they_need(name: str) -> None:
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", sorted(PODS))
def test_no_empty_volume_hides_the_models_of_the_image(name: str) -> None:
    mounts = [
        mount["mountPath"]
        for container in PODS[name]["containers"]
        for mount in container.get("volumeMounts", [])
    ]
    assert "/models" not in mounts


def test_every_queue_has_a_worker() -> None:
    assert consumed(pod["containers"][0]["args"] for pod in PODS.values()) == routed()


def test_every_worker_is_restarted_when_it_takes_no_work() -> None:
    for name, pod in PODS.items():
        if name.startswith("worker-"):
            command = pod["containers"][0]["livenessProbe"]["exec"]["command"]
            assert command[:3] == ["python", "manage.py", "worker_alive"], name


def test_every_variable_is_read_by_the_code() -> None:
    given = {
        name
        for each in ALL
        if each["kind"] in ("ConfigMap", "Secret")
        for name in (each.get("data") or each.get("stringData") or {})
    }
    given |= {
        entry["name"] for pod in PODS.values() for entry in pod["containers"][0].get("env", [])
    }
    assert given - known() == set()


def test_the_template_holds_no_secret() -> None:
    secret = next(each for each in ALL if each["kind"] == "Secret")
    assert set(secret["stringData"].values()) == {""}


def scaled() -> list[dict[str, Any]]:
    return [each["spec"] for each in ALL if each["kind"] == "ScaledObject"]


def test_autoscalers_name_deployments_that_exist() -> None:
    authentications = {
        each["metadata"]["name"] for each in ALL if each["kind"] == "TriggerAuthentication"
    }
    for spec in scaled():
        assert spec["scaleTargetRef"]["name"] in PODS
        assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
        for trigger in spec["triggers"]:
            assert trigger["type"] == "postgresql"
            assert trigger["authenticationRef"]["name"] in authentications


def counted(worker: str) -> int:
    """The number that the autoscaler of `worker` reads from the database."""
    spec = next(each for each in scaled() if each["scaleTargetRef"]["name"] == worker)
    with connection.cursor() as cursor:
        cursor.execute(spec["triggers"][0]["metadata"]["query"])
        row = cursor.fetchone()
    assert row
    return int(row[0])


def test_autoscalers_count_waiting_and_running_rows(owner: User, settings: Any) -> None:
    settings.BATCH_CHUNK_IMAGES = 1
    batch = started(owner, images=3, broken=1)
    [running] = worker.take(now=timezone.now())
    bulk.begin(job=running, now=timezone.now())
    queued(owner)
    completed(owner)
    assert counted("worker-batch") == 3
    assert counted("worker-interactive") == 1
    succeed(running)
    worked(batch)
    assert counted("worker-batch") == 0
