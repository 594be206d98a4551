"""What a model in the training framework answers, and whether it is right."""

from __future__ import annotations

import re

import tokenizer as vocabulary
import traces
from model import Model
from plan import Problem


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
