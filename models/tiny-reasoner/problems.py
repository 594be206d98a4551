"""Word problems whose plan is known: what has to be calculated, in which order, and what for.

Each kind differs from the others in the structure of its plan, not only in its words. A kind is a
function of a random generator; `KINDS` are trained on, `HELD_OUT` never is.
"""

from __future__ import annotations

import hashlib
from random import Random

import words
from plan import LIMIT, Aside, Move, Problem, Retry, calculate


SUM, REST = "sum", "rest"  # subjects of what is added and of what is taken away


def amount(rng: Random, limit: int = LIMIT) -> int:
    """Mostly small, sometimes round, sometimes any number of two digits."""
    size = rng.random()
    if size < 0.75:
        number = rng.randint(2, 20)
    elif size < 0.9:
        number = 10 * rng.randint(2, 9)
    else:
        number = rng.randint(21, 99)
    return min(number, max(1, limit))


def start(rng: Random) -> int:
    return rng.randint(100, 800) if rng.random() < 0.15 else rng.randint(5, 99)


def change(rng: Random, value: int) -> tuple[str, int]:
    """An operation and its operand for a running number."""
    operator = rng.choice("++--*/")
    if operator == "+" and value <= LIMIT - 100:
        return operator, amount(rng)
    if operator == "*" and (value <= 60 or (value % 10 == 0 and value <= 190)):
        return operator, rng.randint(2, 5)
    divisors = [d for d in range(2, 6) if value % d == 0 and value // d >= 2]
    if operator == "/" and value <= 300 and divisors:
        return operator, rng.choice(divisors)
    if value > 3:
        return "-", amount(rng, value - 1)
    return "+", amount(rng)


def product(rng: Random) -> tuple[int, int]:
    factor = rng.randint(2, 9)
    return factor, 10 * rng.randint(2, 9) if rng.random() < 0.2 else rng.randint(2, 12)


def begin(rng: Random, name: str, thing: str, value: int, needed: bool = True) -> Move:
    quote = rng.choice(words.START).format(n=name, a=value, t=thing)
    return Move(quote, name, value, None, needed)


def change_move(rng: Random, thing: str, before: Move) -> Move:
    """The next value of a running number."""
    name = before.subject
    operator, operand = change(rng, before.value)
    calculation = calculate(before.value, operator, operand)
    quote = rng.choice(words.CHANGE[operator]).format(n=name, a=operand, t=thing)
    return Move(quote, name, calculation.value, calculation, uses=(before.note,))


def chain(rng: Random) -> Problem:
    """One running number."""
    name, thing = rng.choice(words.NAMES), rng.choice(words.THINGS)
    moves = [begin(rng, name, thing, start(rng))]
    for _ in range(rng.randint(2, 6)):
        moves.append(change_move(rng, thing, moves[-1]))
    question = rng.choice(
        [
            f"How many {thing} does {name} have now?",
            f"How many {thing} are left with {name}?",
            f"With how many {thing} does {name} end?",
        ]
    )
    return Problem("chain", [move.quote for move in moves], question, moves)


def stock(rng: Random, name: str, thing: str, needed: bool) -> Move:
    """A quantity of its own: a product, or a difference."""
    if rng.random() < 0.7:
        factor, size = product(rng)
        calculation = calculate(factor, "*", size)
        quote = rng.choice(words.PRODUCT).format(
            n=name, a=factor, b=size, t=thing, c=rng.choice(words.CONTAINERS)
        )
    else:
        first = start(rng)
        calculation = calculate(first, "-", amount(rng, first - 1))
        quote = rng.choice(words.DIFFERENCE).format(n=name, a=first, b=calculation.right, t=thing)
    return Move(quote, thing, calculation.value, calculation, needed)


def added(first: Move, second: Move) -> Move:
    calculation = calculate(first.value, "+", second.value)
    quote = f"{first.subject} and {second.subject} are added."
    return Move(quote, SUM, calculation.value, calculation, uses=(first.note, second.note))


def taken_away(quote: str, high: Move, low: Move) -> Move:
    calculation = calculate(high.value, "-", low.value)
    return Move(quote, REST, calculation.value, calculation, uses=(high.note, low.note))


def add_up(parts: list[Move]) -> list[Move]:
    """Moves that add the values of parts, one after the other."""
    last, moves = parts[0], []
    for part in parts[1:]:
        last = added(last, part)
        moves.append(last)
    return moves


def interleave(parts: list[Move], sums: list[Move]) -> list[Move]:
    """Every sum directly behind the part that it adds."""
    moves, rest, seen = [], iter(sums), 0
    for part in parts:
        moves.append(part)
        seen += part.needed
        if part.needed and seen > 1:
            moves.append(next(rest))
    return moves


def enumerate_things(things: list[str]) -> str:
    return " and the ".join([", the ".join(things[:-1]), things[-1]] if len(things) > 1 else things)


def stocks(rng: Random, kind: str, unused: int) -> Problem:
    name = rng.choice(words.NAMES)
    used = rng.randint(2, 3) if unused else rng.randint(2, 4)
    things = rng.sample(words.THINGS, used + unused)
    needed = [True] * used + [False] * unused
    rng.shuffle(needed)
    parts = [stock(rng, name, thing, need) for thing, need in zip(things, needed)]
    counted = [thing for thing, need in zip(things, needed) if need]
    sums = add_up([part for part in parts if part.needed])
    moves = interleave(parts, sums)
    asked = enumerate_things(counted)
    question = rng.choice(
        [
            f"How many are the {asked} together?",
            f"What do the {asked} come to?",
            f"{name} counts the {asked}. How many are that?",
        ]
    )
    return Problem(kind, [part.quote for part in parts], question, moves)


def tree(rng: Random) -> Problem:
    """Several products and differences, added."""
    return stocks(rng, "tree", 0)


def unused(rng: Random) -> Problem:
    """As a tree, but some of what can be calculated is not asked for."""
    return stocks(rng, "unused", rng.randint(1, 2))


def compare(rng: Random, name: str, other: str, thing: str, base: Move, needed: bool) -> Move:
    """The quantity of another person, told by that of the first."""
    value = base.value
    form = rng.choice("+-*")
    if form == "*" and value <= 60:
        operand, wording = rng.randint(2, 4), words.TIMES
    elif form == "-" and value > 3:
        operand, wording = amount(rng, value - 1), words.FEWER
    else:
        form, operand, wording = "+", amount(rng), words.MORE
    calculation = calculate(value, form, operand)
    quote = rng.choice(wording).format(m=other, n=name, a=operand, t=thing)
    return Move(quote, other, calculation.value, calculation, needed, (base.note,))


def reuse(rng: Random) -> Problem:
    """A value that two others are made of."""
    first, second, third = rng.sample(words.NAMES, 3)
    thing = rng.choice(words.THINGS)
    factor, size = product(rng)
    calculation = calculate(factor, "*", size)
    quote = rng.choice(words.PRODUCT).format(
        n=first, a=factor, b=size, t=thing, c=rng.choice(words.CONTAINERS)
    )
    base = Move(quote, first, calculation.value, calculation)
    others = [(second, True)]
    if rng.random() < 0.7:
        others.append((third, rng.random() < 0.4))
        rng.shuffle(others)
    told = [compare(rng, first, name, thing, base, need) for name, need in others]
    asked = [first] + [name for name, need in others if need]
    parts = [base, *told]
    moves = interleave(parts, add_up([part for part in parts if part.needed]))
    people = ", ".join(asked[:-1]) + " and " + asked[-1]
    question = rng.choice(
        [f"How many {thing} do {people} have together?", f"What is the total of {people}?"]
    )
    return Problem("reuse", [part.quote for part in parts], question, moves)


def pair(rng: Random) -> Problem:
    """Two running numbers, one after the other, then their sum or their difference."""
    names, thing = rng.sample(words.NAMES, 2), rng.choice(words.THINGS)
    moves, newest = [], []
    for name in names:
        moves.append(begin(rng, name, thing, start(rng)))
        for _ in range(rng.randint(1, 2)):
            moves.append(change_move(rng, thing, moves[-1]))
        newest.append(moves[-1])
    facts = [move.quote for move in moves]
    both = f"{names[0]} and {names[1]}"
    if rng.random() < 0.5:
        question = f"How many {thing} do {both} have together?"
        moves.append(added(*newest))
    else:
        low, high = sorted(newest, key=lambda move: move.value)
        question = f"How many more {thing} does {high.subject} have than {low.subject}?"
        moves.append(taken_away(f"{high.subject} is compared with {low.subject}.", high, low))
    return Problem("pair", facts, question, moves)


def rate(rng: Random) -> Problem:
    """Speeds and times: what is done, subtracted from what has to be done. Only for judging."""
    name, thing = rng.choice(words.NAMES), rng.choice(words.THINGS)
    phases = rng.randint(2, 3)
    skipped = rng.randrange(phases) if phases == 3 else None
    parts = []
    for phase in range(phases):
        hours, speed = rng.randint(2, 9), rng.randint(3, 20)
        calculation = calculate(speed, "*", hours)
        day = ("Monday", "Tuesday", "Friday")[phase]
        quote = f"On {day} {name} paints {speed} {thing} an hour for {hours} hours."
        parts.append(Move(quote, day, calculation.value, calculation, phase != skipped))
    counted = [part for part in parts if part.needed]
    done = added(*counted)
    order = calculate(done.value + rng.randint(5, 200), "-", done.value)
    ordered = f"The order was {order.left} {thing}."
    last = Move(ordered, REST, order.value, order, uses=(done.note,))
    facts = [*(part.quote for part in parts), ordered]
    days = " and ".join(part.subject for part in counted)
    question = f"How many {thing} are missing if only {days} count?"
    return Problem("rate", facts, question, [*parts, done, last])


KINDS = {kind.__name__: kind for kind in (chain, tree, unused, reuse, pair)}
HELD_OUT = {"rate": rate}


def add_aside(rng: Random, problem: Problem) -> None:
    name, number = rng.choice(words.NAMES), rng.randint(2, 99)
    sentence = rng.choice(words.ASIDES).format(n=name, a=number)
    behind = rng.randint(1, len(problem.facts))
    problem.aside = Aside(sentence, behind + 1)
    problem.facts.insert(behind, sentence)


def draw(rng: Random, kind: str | None = None) -> Problem:
    """A problem of a kind, or of any that is trained on."""
    make = {**KINDS, **HELD_OUT}[kind or rng.choice(list(KINDS))]
    while True:
        try:
            problem = make(rng)
        except Retry:
            continue
        if rng.random() < 0.5:
            add_aside(rng, problem)
        return problem


def is_held_out(problem: Problem) -> bool:
    """One problem in 64 is never trained on; its text alone decides, so that anyone can check."""
    return hashlib.sha256(problem.text.encode()).digest()[0] % 64 == 0


def draw_held_out(rng: Random, count: int, kind: str | None, seen: set[str]) -> list[Problem]:
    """Problems that are never trained on, none of them in `seen`, which gets their texts."""
    found: list[Problem] = []
    while len(found) < count:
        problem = draw(rng, kind)
        if is_held_out(problem) and problem.text not in seen:
            seen.add(problem.text)
            found.append(problem)
    return found
