"""Trains the reasoner on the CPU, or on a GPU where there is one.

    python train.py --minutes 120 --seed 1 --out DIR [--resume | --start FILE.gguf] [--workers 6]

Starts from nothing, goes on with a checkpoint, or takes the weights of a GGUF file, as they are rounded.
Writes DIR/checkpoint.pt every few minutes; `export.py DIR` makes the GGUF file of it. Calculations,
quoting and recalling results alone are most of the rows at first and a few of them later, or with --start; the
last part of the time runs on weights rounded to Q4_0. With --workers other processes write the rows, as a GPU
needs.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

import stream
import tokenizer as vocabulary
from judge import accuracy
from model import Model, Shape, weights_of
from muon import Muon
from problems import draw_held_out

ROW_TOKENS = {"cpu": 3072, "cuda": 24576}  # of a batch
PEAK_RATE, PEAK_RATE_LATER = 2e-3, 1e-3  # from nothing, with --start
QUANTISED_SHARE = 0.3  # of the time, at the end
DRILLS, DRILLS_UNTIL, DRILLS_LEFT = 0.6, 0.6, 0.15  # share of the rows until, and then
DIGIT_WEIGHT = 3.0  # of digits in the loss: wording is half chance, numbers are not
CHECK_EVERY = 600.0  # seconds
JUDGED_FROM = 0.4  # of the time; before, it writes without end and gets nothing right


def optimisers(model: Model) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside, AdamW for embeddings, norms and biases."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "token" not in name]
    inside = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in inside]
    return [
        Muon(matrices, lr=PEAK_RATE, weight_decay=0.05),
        torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(peak: float, done: float, step: int) -> float:
    warm = min(1.0, (step + 1) / 100)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def loss_of(model: Model, batch: stream.Batch, weights: Tensor) -> Tensor:
    with torch.autocast(weights.device.type, dtype=torch.bfloat16, enabled=weights.is_cuda):
        hidden = model(batch.tokens).flatten(0, 1)
        logits = model.logits(hidden[batch.places])
    return F.cross_entropy(logits.float(), batch.targets, weights)


def digits_weigh_more(device: str) -> Tensor:
    tokenizer = vocabulary.load()
    weights = torch.ones(tokenizer.get_vocab_size(), device=device)
    weights[[tokenizer.token_to_id(str(digit)) for digit in range(10)]] = DIGIT_WEIGHT
    return weights


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    weights = digits_weigh_more(device)
    model = Model(Shape(len(weights), layers=options.layers)).to(device)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters on {device}", flush=True)
    if options.start is not None:
        model.load_state_dict(weights_of(options.start))
    tools = optimisers(model)
    step, spent = 0, 0.0
    path = options.out / "checkpoint.pt"
    if options.resume:
        saved = torch.load(path, map_location=device)
        model.load_state_dict(saved["model"])
        for tool, state in zip(tools, saved["tools"]):
            tool.load_state_dict(state)
        step, spent = saved["step"], saved["spent"]
    peak, drills = (PEAK_RATE, DRILLS) if options.start is None else (PEAK_RATE_LATER, DRILLS_LEFT)
    rows = stream.Rows(options.seed, step, ROW_TOKENS[device], drills)
    batches = stream.batches(rows, options.workers)
    judged = draw_held_out(random.Random(options.seed), 20, None, set())
    started, checked, seen = time.time() - spent, time.time(), 0
    total = torch.zeros((), device=device)
    quantised = False
    while (done := (time.time() - started) / (60 * options.minutes)) < 1:
        if done > 1 - QUANTISED_SHARE and not quantised:
            quantised = True
            model.quantise()
        if done > DRILLS_UNTIL:
            rows.set_drills(DRILLS_LEFT)
        for tool in tools:
            for group in tool.param_groups:
                group["lr"] = rate(peak, done, step)
        batch = next(batches).to(device)
        loss = loss_of(model, batch, weights)
        for tool in tools:
            tool.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for tool in tools:
            tool.step()
        step, seen, total = step + 1, seen + batch.tokens.numel(), total + loss.detach()
        if step % 50 == 0:
            speed = seen / (time.time() - started - spent)
            print(f"{done:.3f} step {step} loss {total.item() / 50:.4f} {speed:.0f} tokens/s", flush=True)
            total.zero_()
        if time.time() - checked > CHECK_EVERY:
            if done > JUDGED_FROM:
                print(f"{done:.3f} step {step} right {accuracy(model, judged):.2f}", flush=True)
            save(path, model, tools, step, time.time() - started)
            checked = time.time()
    save(path, model, tools, step, time.time() - started)


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
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--layers", type=int, default=Shape.layers)
    train(parser.parse_args())
