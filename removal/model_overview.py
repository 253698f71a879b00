"""Overview of the models for operators: licences, files, workers, failures, tiers' choices."""

import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.exceptions import RedisError

from removal import conf, worker_registry
from removal.engine import registry
from removal.engine.catalogue import BUILT_IN, ModelSpec
from removal.models import ModelDownload
from removal.weights import inventory
from removal.weights.inventory import Entry, State
from removal.worker_registry import Inference


@dataclass(frozen=True)
class ModelRow:
    """One registered model. `hosts` are those of the workers that have it, `failures` the reasons
    why workers could not use it; a model that no tier uses is on no worker's list.
    """

    spec: ModelSpec
    state: State
    bytes: int
    tiers: Sequence[str]
    on_workers: int
    hosts: Sequence[str]
    failures: Sequence[str]
    download: ModelDownload | None
    can_be_downloaded: bool

    @property
    def megabytes(self) -> str:
        """The size in MB, with a digit after the point below 10; empty where it is not known."""
        size = self.bytes / 1e6
        return (f"{size:.1f} MB" if size < 10 else f"{size:,.0f} MB") if size else ""


@dataclass(frozen=True)
class TierRow:
    """Models of a tier: `here` by this machine's files, `on_workers` as they reported, with
    how many of them; `remote` is the provider that is asked first, if there is one.
    """

    name: str
    description: str
    here: str
    on_workers: Sequence[tuple[str, int]]
    remote: str


@dataclass(frozen=True)
class Overview:
    """`workers` is how many processes reported, or None while Valkey does not answer."""

    models: Sequence[ModelRow]
    tiers: Sequence[TierRow]
    workers: int | None
    downloading: bool


def overview() -> Overview:
    """Everything on the page of models."""
    try:
        workers: Sequence[Inference] = worker_registry.present()
        answered = True
    except RedisError:
        workers, answered = [], False
    downloads = {row.name: row for row in ModelDownload.objects.all()}
    return Overview(
        models=[_model(entry, workers, downloads) for entry in inventory.entries()],
        tiers=[_tier(name, workers) for name in registry.TIERS],
        workers=len(workers) if answered else None,
        downloading=any(row.finished_at is None for row in downloads.values()),
    )


def _model(
    entry: Entry, workers: Sequence[Inference], downloads: Mapping[str, ModelDownload]
) -> ModelRow:
    name = entry.spec.name
    tiers = [tier for tier, spec in registry.TIERS.items() if name in spec.models]
    having = [worker for worker in workers if _has(worker, name)]
    # Workers of this machine have what is here, and report it with their next picture.
    elsewhere = [worker for worker in workers if _host(worker) != socket.gethostname()]
    wanted = bool(tiers) and any(not _has(worker, name) for worker in elsewhere)
    download = downloads.get(name)
    under_way = download is not None and download.finished_at is None
    return ModelRow(
        spec=entry.spec,
        state=entry.state,
        bytes=entry.spec.file_bytes or _size(entry),
        tiers=tiers,
        on_workers=len(having),
        hosts=sorted({_host(worker) for worker in having}),
        failures=sorted({worker.failures[name] for worker in workers if name in worker.failures}),
        download=download,
        can_be_downloaded=(
            name != BUILT_IN
            and not under_way
            and (entry.state is State.ABSENT or (entry.state is State.PRESENT and wanted))
        ),
    )


def _tier(name: str, workers: Sequence[Inference]) -> TierRow:
    tier, remote = registry.TIERS[name], conf.segmind()
    used = Counter("+".join(registry.together(tier, worker.models_of(name))) for worker in workers)
    return TierRow(
        name=name,
        description=tier.description,
        here=_spaced(inventory.used(name)),
        on_workers=[(_spaced(models), count) for models, count in used.most_common()],
        remote=remote.model if remote and name in remote.tiers else "",
    )


def _size(entry: Entry) -> int:
    try:
        return entry.path.stat().st_size if entry.path else 0
    except OSError:
        return 0


def _host(worker: Inference) -> str:
    return worker.worker.rpartition(":")[0]


def _has(worker: Inference, name: str) -> bool:
    return any(name in installed for installed in worker.installed.values())


def _spaced(models: str) -> str:
    return models.replace("+", " + ")
