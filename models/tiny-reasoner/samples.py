"""Training rows: a text in two halves, of which the model learns the second."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import traces
import words
from plan import Problem
from problems import draw, is_held_out
from traces import END, THINK_END

# Finding a fact and a result is learned long before calculating is.
DRILL_WEIGHTS = (4, 3, 1)
# Which results count, and where an older one stands, is learned last.
KIND_WEIGHTS = {"chain": 1, "tree": 1, "unused": 3, "reuse": 2, "pair": 2}


class Row(NamedTuple):
    given: str
    learned: str


def close(think: str, problem: Problem, rng: Random) -> str:
    return f"{think}\n{THINK_END}\n\n{traces.answer(rng, problem)}{END}"


def solve(rng: Random, problem: Problem) -> Row:
    """The problem, then a whole chain of thought and the answer."""
    think = traces.reasoning(traces.draw_trace(rng, problem))
    return Row(traces.prompt(problem.text), close(think, problem, rng))


def look_again(rng: Random, problem: Problem) -> Row:
    """The second prompt, with any subset of the steps, in some cases with the answer told."""
    kept = traces.keep_some(rng, traces.draw_trace(rng, problem))
    left = traces.reasoning(kept)
    told = rng.random() < 0.3
    if told:
        left += f"\n{traces.answer(rng, problem)}"
    think = "\n\n".join(traces.second_look(rng, problem, kept, told))
    content = traces.reprompt_content(problem, left)
    return Row(traces.prompt(content), close(think, problem, rng))


def go_on(rng: Random, problem: Problem) -> Row:
    """A chain of thought with holes, closed: only the answer is learned."""
    steps = traces.draw_trace(rng, problem)
    kept = traces.keep_some(rng, steps)
    border = "\n" if kept[-1] is steps[-1] else "\n\n"  # a step's blank line stays with it
    given = f"{traces.prompt(problem.text)}{traces.reasoning(kept)}{border}{THINK_END}\n\n"
    return Row(given, f"{traces.answer(rng, problem)}{END}")


def drill(rng: Random) -> list[Row]:
    """Calculations alone, more of them than problems have; only results are learned."""
    rows = [Row(traces.BEGIN, "")]
    for _ in range(6):
        for move in draw(rng).moves:
            if move.calculation is None:
                continue
            for calculation in (move.calculation, move.calculation.check()):
                asked, result = str(calculation).split(" = ")
                rows.append(Row(f" {asked} =", f" {result}."))
    return rows


def quote(rng: Random) -> list[Row]:
    """A problem, then its facts in any order: whoever thinks has to find the next one by number."""
    problem = draw_training_problem(rng)
    rows = [Row(traces.prompt(problem.text), "")]
    facts = list(enumerate(problem.facts, 1))
    for number, fact in rng.sample(facts, len(facts)):
        rows.append(open_row(rng, f"({number})", f" {fact}"))
    return rows


def open_row(rng: Random, asked: str, told: str) -> Row:
    """The beginning of a step, which asks for the rest of it."""
    opening = rng.choice(["", *words.LEADS, f"{rng.choice(words.OPENERS)} "])
    return Row(f"\n\n{opening}{asked}", told)


def recall(rng: Random) -> list[Row]:
    """Results of several problems, then the newest one of each subject in any order."""
    problems = [draw_training_problem(rng) for _ in range(rng.randint(1, 4))]
    moves = [move for problem in problems for move in problem.moves]
    if len(problems) == 1:
        told = traces.reasoning(traces.draw_trace(rng, problems[0]))
    else:
        told = " ".join(rng.choice(words.NOTES).format(r=move.note) for move in moves)
    newest = {move.subject: move.value for move in moves}
    rows = [Row(f"{traces.BEGIN}{told}", "")]
    for _ in range(2):
        for subject in rng.sample(sorted(newest), len(newest)):
            asked = rng.choice(words.LOOKUPS).partition("{u}")[0]
            rows.append(open_row(rng, f"{asked}{subject}", f" {newest[subject]}."))
    return rows


def draw_training_problem(rng: Random) -> Problem:
    while True:
        problem = draw(rng, rng.choices(list(KIND_WEIGHTS), KIND_WEIGHTS.values())[0])
        if not is_held_out(problem):
            return problem


def draw_rows(rng: Random, drills: float) -> list[Row]:
    """One training example: halves that alternate, given and learned."""
    if rng.random() < drills:
        return rng.choices((drill, quote, recall), weights=DRILL_WEIGHTS)[0](rng)
    problem = draw_training_problem(rng)
    form = rng.choices((solve, look_again, go_on), weights=(15, 4, 1))[0]
    return [form(rng, problem)]
