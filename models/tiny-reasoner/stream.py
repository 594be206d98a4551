"""Batches of training rows, of about the same length each, without end."""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import dataclass
from typing import Iterator, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import samples
import tokenizer as vocabulary

POOL = 1024  # examples that are drawn at once and sorted by length
LONGEST = 1024


@dataclass
class Example:
    tokens: list[int]
    learned: list[bool]


class Batch(NamedTuple):
    tokens: Tensor  # (examples, length)
    places: Tensor  # (learned): of the tokens, row after row, behind which one is learned
    targets: Tensor  # (learned): the tokens that follow there

    def to(self, device: str) -> Batch:
        return Batch(*(part.to(device, non_blocking=True) for part in self))


class Rows(IterableDataset):
    """Each worker draws its own rows, from a seed of its own."""

    def __init__(self, seed: int, step: int, batch_tokens: int, drills: float) -> None:
        self.seed, self.step, self.batch_tokens = seed, step, batch_tokens
        self.drills = multiprocessing.Value("d", drills)

    def set_drills(self, share: float) -> None:
        """From the next pool of examples on, also in the workers."""
        self.drills.value = share

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = random.Random(f"{self.seed} {self.step} {worker.id if worker else 0}")
        tokenizer = vocabulary.load()
        while True:
            pool = [encode(tokenizer, rng, self.drills.value) for _ in range(POOL)]
            groups = by_length(pool, self.batch_tokens)
            rng.shuffle(groups)
            yield from map(pad, groups)


def encode(tokenizer, rng: random.Random, drills: float) -> Example:
    tokens: list[int] = []
    learned: list[bool] = []
    for row in samples.draw_rows(rng, drills):
        for text, learn in ((row.given, False), (row.learned, True)):
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            tokens += ids
            learned += [learn] * len(ids)
    return Example(tokens[:LONGEST], learned[:LONGEST])


def by_length(pool: list[Example], batch_tokens: int) -> list[list[Example]]:
    groups: list[list[Example]] = [[]]
    for example in sorted(pool, key=lambda e: len(e.tokens)):
        if groups[-1] and (len(groups[-1]) + 1) * len(example.tokens) > batch_tokens:
            groups.append([])
        groups[-1].append(example)
    return groups


def pad(examples: list[Example]) -> Batch:
    length = max(len(example.tokens) for example in examples) - 1
    tokens = torch.zeros(len(examples), length, dtype=torch.long)
    places, targets = [], []
    for row, example in enumerate(examples):
        before = example.tokens[:-1]
        tokens[row, : len(before)] = torch.tensor(before)
        for place, learn in enumerate(example.learned[1:]):
            if learn:
                places.append(row * length + place)
                targets.append(example.tokens[place + 1])
    return Batch(tokens, torch.tensor(places), torch.tensor(targets))


def batches(rows: Rows, workers: int) -> Iterator[Batch]:
    pinned = torch.cuda.is_available()
    ahead = 8 if workers else None
    loader = DataLoader(
        rows, batch_size=None, num_workers=workers, pin_memory=pinned, prefetch_factor=ahead
    )
    return iter(loader)
