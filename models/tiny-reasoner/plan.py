"""What a problem is made of: facts, a question, and the plan that leads to its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

LIMIT = 999
INVERSE = {"+": "-", "-": "+", "*": "/", "/": "*"}
APPLY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
}


@dataclass(frozen=True)
class Calculation:
    left: int
    operator: str
    right: int

    @property
    def value(self) -> int:
        return APPLY[self.operator](self.left, self.right)

    def check(self) -> Calculation:
        return Calculation(self.value, INVERSE[self.operator], self.right)

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right} = {self.value}"


@dataclass(frozen=True)
class Move:
    """One step of the plan: the sentence that it works on, and what follows from it."""

    quote: str
    subject: str  # whose value it is, one word
    value: int
    calculation: Calculation | None  # None: the sentence gives the value itself
    needed: bool = True
    uses: tuple[str, ...] = ()  # notes from before that have to be looked up

    @property
    def note(self) -> str:
        """The value right behind its subject: that is where a later step finds it."""
        return f"{self.subject} {self.value}"


@dataclass(frozen=True)
class Aside:
    """A fact that changes nothing."""

    sentence: str
    place: int  # its number among the facts, from 1


@dataclass
class Problem:
    kind: str
    facts: list[str]
    question: str
    moves: list[Move]
    aside: Aside | None = None
    answer: int = field(init=False)
    note: str = field(init=False)

    def __post_init__(self) -> None:
        last = [move for move in self.moves if move.needed][-1]
        self.answer, self.note = last.value, last.note

    @property
    def text(self) -> str:
        facts = (f"({number}) {fact}" for number, fact in enumerate(self.facts, 1))
        return " ".join([*facts, self.question])

    def places(self) -> list[int | None]:
        """For each move the number of the fact that it works on; sums work on none."""
        places: list[int | None] = []
        last = 0
        for move in self.moves:
            if move.quote in self.facts[last:]:
                last = self.facts.index(move.quote, last) + 1
                places.append(last)
            else:
                places.append(None)
        return places

    @property
    def operations(self) -> int:
        return sum(move.calculation is not None for move in self.moves)


class Retry(Exception):
    """The numbers drawn so far leave the range; the problem is drawn again."""


def calculate(left: int, operator: str, right: int) -> Calculation:
    calculation = Calculation(left, operator, right)
    if not 1 <= calculation.value <= LIMIT or (operator == "/" and left % right):
        raise Retry
    return calculation
