"""Writes what is judged: held-out problems, and traces with labels; then the manifest, where the
model has been exported.

    python data.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random

import traces
from plan import Problem
from problems import HELD_OUT, KINDS, draw_held_out

FOLDER = Path(__file__).parent
MANIFEST = FOLDER.parent / "manifest.json"
PROBLEMS_A_KIND = 50
TRACES_A_KIND, HELD_OUT_TRACES = 16, 20
FILES = {
    "model": "tiny-reasoner-q4_0.gguf",
    "problems": "problems.jsonl",
    "study": "study.jsonl",
    "heads": "heads.json",
}


def write_lines(name: str, rows: list[dict]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def problem_row(number: int, problem: Problem) -> dict:
    return {
        "id": f"{problem.kind}-{number}",
        "kind": problem.kind,
        "problem": problem.text,
        "answer": problem.answer,
    }


def study_row(rng: Random, number: int, problem: Problem) -> dict:
    steps = traces.draw_trace(rng, problem)
    return {
        **problem_row(number, problem),
        "trained": problem.kind in KINDS,
        "steps": [step.text for step in steps],
        "needed": [i for i, step in enumerate(steps) if step.needed],
        "reply": traces.answer(rng, problem),
    }


def write() -> None:
    seen: set[str] = set()
    rng = Random(2025)
    of_kinds = [draw_held_out(rng, PROBLEMS_A_KIND, kind, seen) for kind in KINDS]
    # kinds take turns, so that the first problems are a sample of all
    problems = [problem for turn in zip(*of_kinds) for problem in turn]
    write_lines(FILES["problems"], [problem_row(i, p) for i, p in enumerate(problems, 1)])

    rows = []
    for kind in [*KINDS, *HELD_OUT]:
        count = TRACES_A_KIND if kind in KINDS else HELD_OUT_TRACES
        for problem in draw_held_out(rng, count, kind, seen):
            rows.append(study_row(rng, len(rows) + 1, problem))
    write_lines(FILES["study"], rows)


def write_manifest() -> None:
    """Names the files of the embedded model, with their sha256; the model has to be there."""
    digests = {}
    for part, file in FILES.items():
        digest = hashlib.sha256((FOLDER / file).read_bytes()).hexdigest()
        digests[part] = {"file": f"{FOLDER.name}/{file}", "sha256": digest}
    MANIFEST.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    write()
    if (FOLDER / FILES["model"]).exists():
        write_manifest()
