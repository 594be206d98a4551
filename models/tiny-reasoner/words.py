"""The words of the language: everything that varies the wording and nothing that changes a result."""

NAMES = (
    "Ada Amir Asha Ben Carla Dev Elena Emil Farid Finn Grace Hugo Ida Ines Jon Kira Lena Liam Luca "
    "Mia Mona Nils Nora Omar Otto Pia Raj Rosa Tara Uma Vera Zoe"
).split()

THINGS = (
    "apples badges beads books bricks buttons cards chairs coins cups eggs flags hats keys lamps "
    "leaves marbles mugs nuts pears pens plates ropes rugs seeds shells stamps stars stones tickets "
    "tiles vases"
).split()

CONTAINERS = "bags boxes crates jars packs rows sacks trays".split()

# Any step may open with any of these, whatever it does: an opening must not say what follows. An
# opening goes on to one of a few others, so that a greedy reader varies them, too.
OPENERS = (
    "Okay,", "Now,", "Next,", "So,", "Wait,", "Hmm,", "Then,", "Alright,", "Well,", "But wait,",
    "Actually,", "Let me see,", "Alternatively,", "First,", "Again,", "Hold on,", "Similarly,",
    "Looking back,", "I think,", "Let me double-check,", "Remember,", "Thus,", "Therefore,", "Good,",
)

OPENER_STEPS = ((1, 0.6), (5, 0.25), (11, 0.15))  # (places ahead in OPENERS, probability)

START = (
    "{n} starts with {a} {t}.",
    "{n} has {a} {t}.",
    "At first {n} owns {a} {t}.",
    "There are {a} {t} on the table of {n}.",
    "In the morning {n} counts {a} {t}.",
)

CHANGE = {
    "+": (
        "{n} buys {a} more {t}.",
        "{n} finds {a} {t}.",
        "{n} receives {a} {t} from a friend.",
        "{n} wins {a} {t} in a game.",
        "{a} {t} arrive for {n}.",
        "{n} gets {a} {t} as a gift.",
    ),
    "-": (
        "{n} gives away {a} {t}.",
        "{n} loses {a} {t}.",
        "{n} sells {a} {t}.",
        "{a} {t} of {n} break.",
        "{n} lends {a} {t} to a neighbour.",
        "{n} throws out {a} {t}.",
    ),
    "*": (
        "{n} trades and has {a} times as many {t}.",
        "The {t} of {n} are multiplied by {a}.",
        "By evening {n} has {a} times the number of {t}.",
    ),
    "/": (
        "{n} splits the {t} into {a} equal parts and keeps one.",
        "The {t} of {n} are divided by {a}.",
        "{n} keeps one of {a} equal piles of {t}.",
    ),
}

PRODUCT = (
    "{n} fills {a} {c} with {b} {t} each.",
    "{n} has {a} {c} with {b} {t} each.",
    "There are {a} {c} of {b} {t} for {n}.",
    "{n} carries {a} {c}, each with {b} {t}.",
)

DIFFERENCE = (
    "{n} brings {a} {t}, but {b} of them are broken.",
    "Of the {a} {t} that {n} made, {b} are missing.",
    "{n} had {a} {t} and used {b}.",
)

MORE = ("{m} has {a} more {t} than {n}.", "{m} owns as many {t} as {n} and {a} more.")
FEWER = ("{m} has {a} fewer {t} than {n}.", "{m} owns as many {t} as {n}, less {a}.")
TIMES = ("{m} has {a} times as many {t} as {n}.", "For each of the {t} of {n}, {m} has {a}.")

ASIDES = (
    "{n} is {a} years old.",
    "It is day {a} of the month.",
    "The bus to the market has number {a}.",
    "The house of {n} has {a} windows.",
    "The table is {a} inches wide.",
    "{n} has lived here for {a} years.",
)

# What a step says of a sentence that gives a number as it is.
GIVEN = (
    "I begin with {v}.",
    "That is where I start, with {v}.",
    "I write down {v} for that.",
)

# How a step gets from what it quotes to what it calculates.
LINKS = (
    "That gives {e}.",
    "So {e}.",
    "This makes {e}.",
    "I get {e}.",
)

LEADS = (
    "", "the text says: ", "I read: ",
)

# How a step looks up what is known, and how it writes down what it found: the number right behind
# whose it is, so that the one is found by the other.
LOOKUPS = ("I have {u}.", "The notes say {u}.", "Known: {u}.")
NOTES = ("Note: {r}.", "Now {r}.", "I note {r}.")

CHECKS = (
    "{q} Checking {e}: the other way round, {k}, which is right.",
    "a test of this: {q} I had {e}, and {k} fits.",
    "is it true that {e}? {q} I see {k}, so yes.",
    "to be sure about {e}: {k}, as it should be.",
)

RESTATEMENTS = (
    "so far {r}. That is from {e}.",
    "once more: {q} That was {e}. So {r}.",
    "what is known now: {r}. I had {e} for that.",
    "the last fact was: {q} It gave {e}. So {r}.",
)

REJECTIONS = (
    "could it be {w}? No, the text says: {q} So it is {e}.",
    "maybe it is {w}. But this is not what is asked. {q} That is {e}.",
    "one could also take {w}, but nobody says so. {q} I had {e}.",
)

# What a step says of a fact that changes nothing.
ASIDE_REMARKS = (
    "{q} That is of no use here.",
    "{q} I do not need this number.",
    "{q} This changes nothing.",
    "{q} That does not matter.",
)

REMARKS = (
    "the question is: {q}",
    "I read the question again: {q}",
    "this needs some care, one fact at a time.",
    "I want to know this: {q}",
)

CONCLUSIONS = (
    "there is nothing left to do, the answer is {v}.",
    "the notes end with {r}. That is the answer, {v}.",
    "I have {r}. So the result is {v}.",
    "that was the last fact, so the final number is {v}.",
)

ANSWERS = (
    "The answer is \\boxed{{{v}}}.",
    "The notes end with {r}. The answer is \\boxed{{{v}}}.",
    "The final answer: \\boxed{{{v}}}.",
    "So the result is \\boxed{{{v}}}.",
)

# The second format: what is there is restated, what is missing is calculated again.
FOUND = (
    "The reasoning has {e}.",
    "I see {e} in the reasoning.",
    "It is already known that {e}.",
)
FOUND_END = (
    "the reasoning ends with {v}.",
    "from the reasoning, the final number is {v}.",
)
