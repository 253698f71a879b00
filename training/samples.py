"""The endless stream of training samples: photos, composites, and pictures without a subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training import augment
from training.composite import Studio, compose, empty
from training.photos import Kind, Photo, Sample

Batch: TypeAlias = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Mixture:
    """The probabilities of the sources of samples."""

    photos: float = 0.68
    empty: float = 0.03
    kinds: tuple[tuple[Kind, float], ...] = (
        (Kind.PEOPLE, 0.12),
        (Kind.PETS, 0.16),
        (Kind.OBJECTS, 0.06),
        (Kind.MANY, 0.66),
    )


class SampleStream(IterableDataset[Batch]):
    def __init__(
        self, photos: list[Photo], studio: Studio, size: int, seed: int, mixture: Mixture
    ) -> None:
        self.by_kind = {
            kind: [photo for photo in photos if photo.kind is kind] for kind, _ in mixture.kinds
        }
        self.shares = [(k, share) for k, share in mixture.kinds if self.by_kind[k]]
        self.mixture = mixture
        self.studio = studio
        self.size = size
        self.seed = seed

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(0)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            yield to_tensors(self.draw(rng))

    def draw(self, rng: Generator) -> Sample:
        chance = rng.random()
        if chance < self.mixture.photos:
            sample = self._shown(rng)
        elif chance < self.mixture.photos + self.mixture.empty:
            sample = empty(rng, self.studio, self.size)
        else:
            sample = compose(rng, self.studio, self.size)
        sample = augment.flip(rng, sample)
        return replace(sample, rgb=augment.degrade(rng, sample.rgb))

    def _shown(self, rng: Generator) -> Sample:
        """A photo with random camera and compression effects."""
        sample = augment.crop(rng, self._photo(rng).sample, self.size)
        return replace(sample, rgb=augment.recolour(rng, sample.rgb))

    def _photo(self, rng: Generator) -> Photo:
        weights = np.array([share for _, share in self.shares])
        kind = self.shares[rng.choice(len(weights), p=weights / weights.sum())][0]
        photos = self.by_kind[kind]
        return photos[rng.integers(len(photos))]


def to_tensors(sample: Sample) -> Batch:
    return (
        torch.from_numpy(sample.rgb).permute(2, 0, 1),
        torch.from_numpy(sample.alpha)[None],
        torch.from_numpy(sample.weight)[None],
    )


def batches(stream: SampleStream, batch: int, workers: int) -> Iterator[Batch]:
    loader = DataLoader(stream, batch, num_workers=workers, prefetch_factor=4 if workers else None)
    return iter(loader)
