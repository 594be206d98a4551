"""Greedy accuracy of a checkpoint on problems.jsonl, in the framework that trained it.

    python evaluate.py CHECKPOINT_FOLDER [--rounded]

With --rounded the matrices are those of the Q4_0 file. What the file itself does is measured by
`npx cot-prune run`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import torch

import data
from judge import is_right, solve
from model import Model, Shape


def evaluate(checkpoint: Path, rounded: bool) -> None:
    weights = torch.load(checkpoint / "checkpoint.pt", map_location="cpu")["model"]
    model = Model(Shape.of(weights))
    model.load_state_dict(weights)
    model.eval()
    if rounded:
        model.quantise()
    right, all_of = Counter(), Counter()
    for line in (data.FOLDER / data.FILES["problems"]).read_text().splitlines():
        row = json.loads(line)
        problem = SimpleNamespace(text=row["problem"], answer=row["answer"])
        all_of[row["kind"]] += 1
        right[row["kind"]] += is_right(solve(model, problem), problem)
    for kind, count in all_of.items():
        print(f"{kind}: {right[kind]} of {count}")
    print(f"all: {right.total()} of {all_of.total()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--rounded", action="store_true")
    options = parser.parse_args()
    evaluate(options.checkpoint, options.rounded)
