"""Compares the answer checker with math-verify (PyPI, 0.9.0 when this was last run) on generated pairs.

    node test/oracles/answer_pairs.mjs 3000 > pairs.jsonl
    python test/oracles/math_verify_pairs.py pairs.jsonl

Prints how often both agree, by kind, and every disagreement; docs/answers.md explains the classes. By hand: no test runs Python.
"""

import collections
import json
import logging
import sys

from math_verify import parse, verify

logging.disable(logging.CRITICAL)


def decide(gold, answer):
    sides = [parse("\\boxed{%s}" % text) for text in (gold, answer)]
    # as a grader calls it, and in the other order: it is not symmetric
    return "equal" if verify(*sides) or verify(sides[1], sides[0]) else "different"


pairs = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
table = collections.Counter()
classes = collections.defaultdict(list)
for pair in pairs:
    theirs = decide(pair["gold"], pair["answer"])
    key = (pair["truth"], pair["verdict"], theirs)
    table[key] += 1
    ours_wrong = pair["verdict"] != ("equal" if pair["truth"] else "different")
    theirs_wrong = theirs != ("equal" if pair["truth"] else "different")
    if ours_wrong or theirs_wrong:
        classes[(pair["kind"],) + key].append(pair)

print("same by construction, ours, math-verify: pairs")
for (truth, ours, theirs), count in sorted(table.items()):
    print(f"{truth!s:5} {ours:10} {theirs:10} {count}")
same = sum(n for (_, _, theirs), n in table.items() if theirs == "equal")
lost = sum(n for (_, ours, theirs), n in table.items() if theirs == "equal" and ours == "different")
false = sum(n for (truth, ours, _), n in table.items() if not truth and ours == "equal")
print(f"false equal: {false}; different where math-verify says equal: {lost} of {same} ({100 * lost / max(1, same):.2f} %)")
for (kind, truth, ours, theirs), some in sorted(classes.items(), key=str):
    print(f"\n{kind}: same {truth}, ours {ours}, math-verify {theirs}: {len(some)}")
    for pair in some[:6]:
        print(f"   {pair['gold']!r} | {pair['answer']!r} | {pair['by']}")
