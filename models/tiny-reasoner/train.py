"""Trains the reasoner on the CPU, or on a GPU where there is one.

    python train.py --minutes 120 --seed 1 --out DIR [--resume | --start FILE.gguf]

Starts from nothing, goes on with a checkpoint, or takes the weights of a GGUF file, as they are rounded.
Writes DIR/checkpoint.pt every few minutes; `export.py DIR` makes the GGUF file of it. Calculations,
quoting and recalling results alone are most of the rows at first and a quarter of them later; the last part of
the time runs on weights rounded to Q4_0.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import gguf
import torch
from torch import Tensor
from torch.nn import functional as F

import samples
import tokenizer as vocabulary
import traces
from model import Model, Shape
from muon import Muon
from plan import Problem
from problems import draw_held_out

IGNORED = -100
ROW_TOKENS = 3072  # of a batch
POOL = 1024  # examples that are drawn at once and sorted by length
LONGEST = 1024
PEAK_RATE = 2e-3
QUANTISED_SHARE = 0.15  # of the time, at the end
DRILLS, DRILLS_UNTIL, DRILLS_LEFT = 0.6, 0.6, 0.25  # share of the rows until, and then
DIGIT_WEIGHT = 3.0  # of digits in the loss: wording is half chance, numbers are not
CHECK_EVERY = 600.0  # seconds
JUDGED_FROM = 0.4  # of the time; before, it writes without end and gets nothing right


@dataclass
class Example:
    tokens: list[int]
    learned: list[bool]


class Stream:
    """Batches of examples of about the same length."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tokenizer = vocabulary.load()
        self.batches: list[list[Example]] = []

    def example(self, drills: float) -> Example:
        rows = samples.draw_rows(self.rng, drills)
        tokens: list[int] = []
        learned: list[bool] = []
        for row in rows:
            for text, learn in ((row.given, False), (row.learned, True)):
                ids = self.tokenizer.encode(text, add_special_tokens=False).ids
                tokens += ids
                learned += [learn] * len(ids)
        return Example(tokens[:LONGEST], learned[:LONGEST])

    def refill(self, drills: float) -> None:
        pool = sorted((self.example(drills) for _ in range(POOL)), key=lambda e: len(e.tokens))
        batch: list[Example] = []
        for example in pool:
            if batch and (len(batch) + 1) * len(example.tokens) > ROW_TOKENS:
                self.batches.append(batch)
                batch = []
            batch.append(example)
        self.batches.append(batch)
        self.rng.shuffle(self.batches)

    def next(self, drills: float) -> tuple[Tensor, Tensor]:
        """Inputs and targets, both (examples, length); targets that are not learned are IGNORED."""
        if not self.batches:
            self.refill(drills)
        batch = self.batches.pop()
        length = max(len(example.tokens) for example in batch)
        tokens = torch.zeros(len(batch), length, dtype=torch.long)
        targets = torch.full((len(batch), length), IGNORED)
        for row, example in enumerate(batch):
            ids = torch.tensor(example.tokens)
            tokens[row, : len(ids)] = ids
            targets[row, : len(ids)] = torch.where(torch.tensor(example.learned), ids, IGNORED)
        return tokens[:, :-1], targets[:, 1:]


def solve(model: Model, problem: Problem, limit: int = 800) -> str:
    tokenizer = vocabulary.load()
    prompt = tokenizer.encode(traces.prompt(problem.text), add_special_tokens=False).ids
    new = model.greedy(prompt, tokenizer.token_to_id(traces.END), limit)
    return tokenizer.decode(new, skip_special_tokens=False)


def is_right(text: str, problem: Problem) -> bool:
    boxed = re.findall(r"\\boxed\{(\d+)\}", text)
    return bool(boxed) and int(boxed[-1]) == problem.answer


def accuracy(model: Model, problems: list[Problem]) -> float:
    model.eval()
    right = sum(is_right(solve(model, problem), problem) for problem in problems)
    model.train()
    return right / len(problems)


def optimisers(model: Model) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside, AdamW for embeddings, norms and biases."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "token" not in name]
    inside = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in inside]
    return [
        Muon(matrices, lr=PEAK_RATE, weight_decay=0.05),
        torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(done: float, step: int) -> float:
    warm = min(1.0, (step + 1) / 100)
    return PEAK_RATE * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def loss_of(model: Model, tokens: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    with torch.autocast(tokens.device.type, dtype=torch.bfloat16, enabled=tokens.is_cuda):
        hidden = model(tokens)
        learned = targets != IGNORED
        logits = model.logits(hidden[learned])
    return F.cross_entropy(logits.float(), targets[learned], weights)


def weights_of(path: Path) -> dict[str, Tensor]:
    reader = gguf.GGUFReader(path)
    return {
        tensor.name: torch.tensor(gguf.quants.dequantize(tensor.data, tensor.tensor_type))
        for tensor in reader.tensors
    }


def train(minutes: float, seed: int, out: Path, resume: bool, start: Path | None) -> None:
    torch.manual_seed(seed)
    stream = Stream(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Model(Shape(stream.tokenizer.get_vocab_size())).to(device)
    tools = optimisers(model)
    weights = torch.ones(model.shape.vocabulary, device=device)
    weights[[stream.tokenizer.token_to_id(str(digit)) for digit in range(10)]] = DIGIT_WEIGHT
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters on {device}", flush=True)
    if start is not None:
        model.load_state_dict(weights_of(start))
    step, spent = 0, 0.0
    path = out / "checkpoint.pt"
    if resume:
        saved = torch.load(path, map_location=device)
        model.load_state_dict(saved["model"])
        for tool, state in zip(tools, saved["tools"]):
            tool.load_state_dict(state)
        step, spent = saved["step"], saved["spent"]
        stream.rng.seed(f"{seed} {step}")
    judged = draw_held_out(random.Random(seed), 20, None, set())
    started, checked, seen, total = time.time() - spent, time.time(), 0, 0.0
    quantised = False
    while (done := (time.time() - started) / (60 * minutes)) < 1:
        if done > 1 - QUANTISED_SHARE and not quantised:
            quantised = True
            model.quantise()
        for tool in tools:
            for group in tool.param_groups:
                group["lr"] = rate(done, step)
        tokens, targets = stream.next(DRILLS if done < DRILLS_UNTIL else DRILLS_LEFT)
        loss = loss_of(model, tokens.to(device), targets.to(device), weights)
        for tool in tools:
            tool.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for tool in tools:
            tool.step()
        step, seen, total = step + 1, seen + tokens.numel(), total + loss.item()
        if step % 50 == 0:
            speed = seen / (time.time() - started - spent)
            print(f"{done:.3f} step {step} loss {total / 50:.4f} {speed:.0f} tokens/s", flush=True)
            total = 0.0
        if time.time() - checked > CHECK_EVERY:
            if done > JUDGED_FROM:
                print(f"{done:.3f} step {step} right {accuracy(model, judged):.2f}", flush=True)
            save(path, model, tools, step, time.time() - started)
            checked = time.time()
    save(path, model, tools, step, time.time() - started)
    print(f"right {accuracy(model, draw_held_out(random.Random(seed), 100, None, set())):.3f} of 100", flush=True)


def save(path: Path, model: Model, tools: list, step: int, spent: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"model": model.state_dict(), "tools": [tool.state_dict() for tool in tools]}
    torch.save({**state, "step": step, "spent": spent}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    train(options.minutes, options.seed, options.out, options.resume, options.start)
