"""Pairs of formulas that SymPy makes, in the spellings of its own LaTeX printer: an origin that knows nothing of our parser.

    python test/oracles/sympy_pairs.py 1500 > sympy.jsonl
    node test/oracles/answer_pairs.mjs sympy.jsonl > pairs.jsonl
    python test/oracles/math_verify_pairs.py pairs.jsonl

Whether a pair is the same is known: it is one formula rewritten, or the formula and another one that differs from it by a number.
"""

import json
import random
import sys

import sympy as sp

random.seed(26)
x, y, n = sp.symbols("x y n")
numbers = [sp.Integer(k) for k in (1, 2, 3, 4, 5, 7, 12)] + [sp.Rational(1, 2), sp.Rational(3, 4), sp.pi]


def formula(depth, letters):
    if depth == 0 or random.random() < 0.2:
        return random.choice(numbers + letters * 4)
    a, b = formula(depth - 1, letters), formula(depth - 1, letters)
    kind = random.randrange(8)
    if kind < 2:
        return a + b
    if kind == 2:
        return a - b
    if kind < 5:
        return a * b
    if kind == 5:
        return a / b if b != 0 else a
    if kind == 6:
        return a ** random.choice([2, 3])
    return sp.sqrt(a) if a.is_number and a.is_nonnegative else a**2


rewrites = [sp.expand, sp.factor, sp.together, sp.simplify, sp.nsimplify, lambda e: e]
for i in range(int(sys.argv[1])):
    letters = random.choice([[], [], [x], [x, y], [n]])
    e = formula(random.randrange(1, 4), letters)
    if e.has(sp.zoo, sp.nan, sp.oo) or (e.is_number and not e.is_real):
        continue
    other = random.choice(rewrites)(e)
    truth = random.random() < 0.6
    if not truth:
        other = other + random.choice([1, -1, sp.Rational(1, 3), 10])
    style = {"fold_short_frac": random.random() < 0.3, "mul_symbol": random.choice([None, "dot", "times"])}
    print(json.dumps({"kind": "sympy", "gold": sp.latex(e), "answer": sp.latex(other, **style), "truth": truth}))
