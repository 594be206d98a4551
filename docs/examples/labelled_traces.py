"""Labelled traces in two languages that no model here was trained on, for `cot-prune calibrate` and `study`.

    python3 docs/examples/labelled_traces.py stall 60 > stall.jsonl
    python3 docs/examples/labelled_traces.py parcels 60 > parcels.jsonl

A generator writes the problem and a chain of thought, and knows of each step whether the result depends on it.
`stall`: a sum of products minus a rent; goods that are not sold are calculated, too. `parcels`: two people's
counts, step by step and mixed; only one is asked for, so that needless steps use needless steps.
"""

import json
import random
import sys

GOODS = "lamps vases chairs rugs bowls clocks kettles mirrors baskets candles".split()
PEOPLE = "Ben Mia Olga Raj Tess Hugo".split()


class Trace:
    """Steps, and which of them are needed."""

    def __init__(self):
        self.steps, self.needed = [], []

    def add(self, text, needed):
        if needed:
            self.needed.append(len(self.steps))
        self.steps.append(text)


def stall(rng):
    sold_count, kept_count = rng.randint(2, 3), rng.randint(1, 2)
    names = rng.sample(GOODS, sold_count + kept_count)
    items = [(name, rng.randint(3, 9), rng.randint(4, 15)) for name in names]
    sold, rent = items[:sold_count], rng.randint(5, 25)
    who = rng.choice(["Nora", "Tom", "Ivy", "Sam"])
    listed = " ".join(f"There are {n} {name} at {price} euros each." for name, n, price in rng.sample(items, len(items)))
    all_of = " and all the ".join(name for name, _, _ in sold)
    problem = (f"{who} runs a market stall. {listed} The rent for the stall is {rent} euros. {who} sells all the "
               f"{all_of} and takes the rest home. How much money is left after paying the rent?")
    trace = Trace()
    if rng.random() < 0.5:
        trace.add(rng.choice(["Let me read the question slowly before I begin.", "Okay, this is about money at a stall."]), False)
    for item in rng.sample(items, len(items)):
        name, n, price = item
        total = n * price
        if item in sold:
            trace.add(rng.choice([f"The {name} bring in {n} * {price} = {total} euros.",
                                  f"Selling the {name}: {n} times {price} makes {total}."]), True)
        else:
            trace.add(rng.choice([f"The {name} would be worth {n} * {price} = {total} euros, but they go home.",
                                  f"As for the {name}, {n} times {price} makes {total}."]), False)
        draw = rng.random()
        if draw < 0.2:
            trace.add(rng.choice([f"Quick check: {total} / {n} = {price}, good.",
                                  f"Hmm, {price} * {n} is the same thing, {total}."]), False)
        elif draw < 0.32:
            trace.add(rng.choice(["I wonder whether there is a discount. No, nothing says so.", "Let me keep going."]), False)
    total = sold[0][1] * sold[0][2]
    for _, n, price in sold[1:]:
        trace.add(rng.choice([f"Together that is {total} + {n * price} = {total + n * price} euros.",
                              f"Adding {n * price} to {total} gives {total + n * price}."]), True)
        total += n * price
    if rng.random() < 0.5:
        trace.add(rng.choice(["The question wants the money after the rent.",
                              f"Would it be {total} + {rent}? No, rent is paid, not received."]), False)
    left = total - rent
    trace.add(rng.choice([f"Taking off the rent leaves {total} - {rent} = {left}.",
                          f"After the rent there are {total} - {rent} = {left} euros."]), True)
    if rng.random() < 0.3:
        trace.add(f"Check: {left} + {rent} = {total}, right.", False)
    trace.add(f"So the answer is {left}.", True)
    return problem, left, trace


def parcels(rng):
    asked, other = rng.sample(PEOPLE, 2)
    counts, told, moves = {}, [], []
    for who in (asked, other):
        crates, each = rng.randint(3, 9), rng.randint(4, 9)
        told.append(f"In the morning {who} packs {crates} crates of {each} parcels.")
        moves.append((who, lambda _, c=crates, e=each: (f"{c} crates of {e} make {c} x {e} = {c * e} parcels", c * e)))
        for _ in range(rng.randint(1, 2)):
            k = rng.randint(5, 19)
            if rng.random() < 0.5:
                told.append(f"Later {who} packs {k} more.")
                moves.append((who, lambda n, k=k: (f"with {k} more there are {n} + {k} = {n + k}", n + k)))
            else:
                k = min(k, 11)
                told.append(f"Then {k} of those that {who} packed break.")
                moves.append((who, lambda n, k=k: (f"{k} break, which leaves {n} - {k} = {n - k}", n - k)))
    # the two people's lines mixed, each in its own order
    own = {who: [i for i, move in enumerate(moves) if move[0] == who] for who in (asked, other)}
    order = sorted([asked] * len(own[asked]) + [other] * len(own[other]), key=lambda _: rng.random())
    problem_order = [own[who].pop(0) for who in order]
    problem = (" ".join(told[i] for i in problem_order) + f" How many whole parcels does {asked} have at the end?")
    trace = Trace()
    if rng.random() < 0.5:
        trace.add(rng.choice(["I will go through the day in order.", f"There are two people here, {asked} and {other}."]), False)
    for i in problem_order:
        who, move = moves[i]
        text, counts[who] = move(counts.get(who))
        opening = rng.choice([f"For {who}, ", f"{who}: "])
        trace.add(f"{opening}{text}.", who == asked)
        draw = rng.random()
        if draw < 0.15:
            trace.add(rng.choice(["That seems right so far.", "Now the next line of the story."]), False)
        elif draw < 0.35:
            trace.add(rng.choice([f"I count again for {who} and get {counts[who]} as well.",
                                  f"To be sure: {who} stands at {counts[who]}."]), False)
    if rng.random() < 0.4:
        trace.add(rng.choice([f"Together they have {counts[asked]} + {counts[other]} = {counts[asked] + counts[other]}.",
                              f"{other} has {counts[other]}, which is another matter."]), False)
    trace.add(f"So {asked} ends with {counts[asked]} parcels.", True)
    return problem, counts[asked], trace


def main():
    kind, count = sys.argv[1], int(sys.argv[2])
    rng = random.Random(f"{kind} 1")
    for i in range(count):
        problem, answer, trace = {"stall": stall, "parcels": parcels}[kind](rng)
        print(json.dumps({
            "id": f"{kind}-{i + 1}", "kind": kind, "trained": False, "problem": problem, "answer": str(answer),
            "steps": trace.steps, "needed": trace.needed, "reply": f"The answer is \\boxed{{{answer}}}.",
        }))


if __name__ == "__main__":
    main()
