"""Chains of thought over a problem's plan: needed steps, and between them what a model would better
have left out. Every step knows whether the result depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import words
from plan import APPLY, Aside, Move, Problem

BEGIN, USER, ASSISTANT, END = (
    "<｜begin▁of▁sentence｜>",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<｜end▁of▁sentence｜>",
)
THINK, THINK_END = "<think>", "</think>"
SPECIAL = (BEGIN, USER, ASSISTANT, END, THINK, THINK_END)

SHORTEST, LONGEST = 6, 20


@dataclass(frozen=True)
class Step:
    text: str
    needed: bool
    role: str
    move: Move | None = None


class Openings:
    """Openings of steps, one after the other, whatever the steps do."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.place = rng.randrange(len(words.OPENERS))

    def __call__(self, text: str) -> str:
        steps, weights = zip(*words.OPENER_STEPS)
        self.place = (self.place + self.rng.choices(steps, weights)[0]) % len(words.OPENERS)
        return f"{words.OPENERS[self.place]} {text}"


def numbered(sentence: str, place: int | None) -> str:
    """Facts are quoted with their numbers, which is how the next one is found."""
    return sentence if place is None else f"({place}) {sentence}"


def move_step(
    rng: Random,
    open_step: Openings,
    move: Move,
    place: int | None,
    links: tuple[str, ...] = words.LINKS,
) -> Step:
    parts = [] if place is None else [numbered(move.quote, place)]
    if move.uses:
        parts.append(rng.choice(words.LOOKUPS).format(u=" and ".join(move.uses)))
    if move.calculation is None:
        parts.append(rng.choice(words.GIVEN).format(v=move.value))
    else:
        parts.append(rng.choice(links).format(e=move.calculation))
    parts.append(rng.choice(words.NOTES).format(r=move.note))
    return Step(open_step(" ".join(parts)), move.needed, "move", move)


def wrong_way(rng: Random, move: Move) -> str:
    """What the move would be with another operation, calculated where that has a result."""
    calculation = move.calculation
    operator = rng.choice([op for op in "+-" if op != calculation.operator])
    value = APPLY[operator](calculation.left, calculation.right)
    wrong = f"{calculation.left} {operator} {calculation.right}"
    return f"{wrong} = {value}" if value >= 0 and rng.random() < 0.5 else wrong


def look_back(rng: Random, open_step: Openings, move: Move, role: str) -> Step:
    """A check, a restatement or a rejected alternative of a calculation that was made."""
    forms = {"check": words.CHECKS, "restate": words.RESTATEMENTS, "reject": words.REJECTIONS}[role]
    text = rng.choice(forms).format(
        r=move.note,
        q=move.quote,
        e=move.calculation,
        k=move.calculation.check(),
        w=wrong_way(rng, move),
        v=move.value,
    )
    return Step(open_step(text), False, role)


def remark(rng: Random, open_step: Openings, problem: Problem) -> Step:
    text = rng.choice(words.REMARKS).format(q=problem.question)
    return Step(open_step(text), False, "remark")


def aside_remark(rng: Random, open_step: Openings, aside: Aside) -> Step:
    quote = rng.choice(words.LEADS) + numbered(aside.sentence, aside.place)
    text = rng.choice(words.ASIDE_REMARKS).format(q=quote)
    return Step(open_step(text), False, "aside")


# An older result is not stated again: a reader looks for the newest one.
ROLES = ("check", "restate", "reject")
OLDER_ROLES = ("check", "reject")
# What tends to follow a result by its last digit: a habit that a greedy reader has, too.
HABITS = {0: "check", 2: "restate", 3: "check", 5: "reject", 6: "check", 8: "restate"}


def talk(rng: Random, open_step: Openings, made: list[Move], progress: float) -> list[Step]:
    """What follows the newest calculation and is not needed; more of it towards the end, where the
    needed steps are, so that position says nothing."""
    steps = []
    role = HABITS.get(made[-1].value % 10)
    if rng.random() < (0.4 + 0.35 * progress if role else 0.1):
        steps.append(look_back(rng, open_step, made[-1], role or rng.choice(ROLES)))
    if rng.random() < 0.1 + 0.2 * progress:
        steps.append(look_back(rng, open_step, rng.choice(made), rng.choice(OLDER_ROLES)))
    return steps


def conclusion(rng: Random, open_step: Openings, problem: Problem) -> Step:
    text = rng.choice(words.CONCLUSIONS).format(v=problem.answer, r=problem.note)
    return Step(open_step(text), True, "conclusion")


def fill_up(rng: Random, open_step: Openings, made: list[Move], steps: list[Step]) -> list[Step]:
    """What a short trace still needs, so that it has SHORTEST steps with its conclusion."""
    roles = [step.role for step in steps if step.role in ROLES]
    left = [role for role in ROLES if role not in roles]
    count = max(0, SHORTEST - 1 - len(steps))
    return [look_back(rng, open_step, made[-1], role) for role in left[:count]]


def draw_trace(rng: Random, problem: Problem) -> list[Step]:
    """A whole chain of thought, 6 to 20 steps."""
    short = len(problem.moves) + (problem.aside is not None) + 1 < SHORTEST
    while True:
        open_step = Openings(rng)
        steps = [remark(rng, open_step, problem)] if short or rng.random() < 0.55 else []
        made: list[Move] = []
        for i, (move, place) in enumerate(zip(problem.moves, problem.places())):
            steps.append(move_step(rng, open_step, move, place))
            if move.calculation is not None:
                made.append(move)
                steps += talk(rng, open_step, made, (i + 1) / len(problem.moves))
            if problem.aside and place == problem.aside.place - 1:
                steps.append(aside_remark(rng, open_step, problem.aside))
        steps += fill_up(rng, open_step, made, steps)
        steps.append(conclusion(rng, open_step, problem))
        if SHORTEST <= len(steps) <= LONGEST:
            return steps


def answer(rng: Random, problem: Problem) -> str:
    return rng.choice(words.ANSWERS).format(v=problem.answer, r=problem.note)


def reasoning(steps: list[Step]) -> str:
    return "\n\n".join(step.text for step in steps)


def prompt(content: str) -> str:
    return f"{BEGIN}{USER}{content}{ASSISTANT}{THINK}\n"


def reprompt_content(problem: Problem, left: str) -> str:
    """The second prompt of the evaluation, the same words as in lib/evaluate/reprompt.ts."""
    return (
        f"Problem: {problem.text}\n\nReasoning:\n{left}\n\n"
        "Based on the above, the final answer is:"
    )


def keep_some(rng: Random, steps: list[Step]) -> list[Step]:
    share = rng.choice((1.0, 0.9, 0.75, 0.5, 0.3))
    return [step for step in steps if rng.random() < share] or [rng.choice(steps)]


def second_look(rng: Random, problem: Problem, kept: list[Step], told: bool) -> list[str]:
    """Steps that answer from what is left: known values are restated, missing ones calculated."""
    open_step = Openings(rng)
    if told or kept[-1].role == "conclusion":
        return [open_step(rng.choice(words.FOUND_END).format(v=problem.answer))]
    there = {id(step.move) for step in kept if step.role == "move"}
    steps = []
    for move, place in zip(problem.moves, problem.places()):
        if not move.needed:
            continue
        links = words.FOUND if id(move) in there else words.LINKS
        steps.append(move_step(rng, open_step, move, place, links).text)
    steps.append(conclusion(rng, open_step, problem).text)
    return steps
