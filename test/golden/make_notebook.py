"""Writes notebook.json: what the seed notebook's own functions return for awkward texts.

    /tmp/venv/bin/python test/golden/make_notebook.py PATH/seed-notebook.txt

The functions are taken out of the notebook's text and run as they are; tokenizer, model and torch
are stubs whose token counts and rows test/experiment/run/notebook/notebook.test.ts computes again. Needs numpy. SEED makes
the texts. Python before 3.12 adds floats in a plain loop, so `sum` is replaced by that of 3.12, the
seed's Python (its run is of February 2026 on Colab).
"""

import contextlib
import hashlib
import json
import platform
import random
import re
import sys
import types
import unicodedata
from pathlib import Path

import numpy as np

SEED = 20260225
RANDOM_TEXTS = 320
THRESHOLDS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 1.0]
PROBLEM = 'What is 6 times 7?'
MARKER = '<|im_start|>assistant'
FUNCTIONS = ['segment_steps', 'score_steps_by_attention', 'prune_steps', 'extract_answer',
             'reevaluate']


# ---- the notebook ------------------------------------------------------------------------------

def function_source(notebook, name):
    """A top-level function with all indented and empty lines that follow its head."""
    found = re.search(rf'^def {name}\(.*?(?=^\S)', notebook, re.MULTILINE | re.DOTALL)
    if found is None:
        sys.exit(f'no function {name} in the notebook')
    return found.group()


def compensated_sum(values):
    """`sum` of Python 3.12 and later for floats (Neumaier)."""
    total = lost = 0.0
    for x in values:
        t = total + x
        lost += (total - t) + x if abs(total) >= abs(x) else (x - t) + total
        total = t
    return total + lost if np.isfinite(lost) else total


class Row:
    """Stands for a tensor on its way from the model to numpy."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, _):
        return self

    def mean(self, dim):
        assert dim == (0, 2)
        return [self]

    def cpu(self):
        return self

    def numpy(self):
        return self.values


class Inputs(dict):
    def to(self, _):
        return self


class Model:
    """Stands for both the tokenizer and the model; set up anew for each case."""

    device = 'cpu'

    def set_up(self, r):
        self.template = r.choice(['im', 'im', 'deepseek', 'astral'])
        self.rate = r.choice([[1, 3], [1, 3], [1, 1], [7, 2], [40, 1]])
        self.limit = r.choice([4096, 4096, 100000, 60, 9, 1])
        self.seed = r.getrandbits(32)
        self.kind = r.choice(['rough', 'rough', 'rough', 'tenths', 'tenths', 'flat', 'spikes',
                             'zero'])
        self.offset = 0

    def count(self, text):
        return -(-len(text) * self.rate[0] // self.rate[1])

    def encode(self, text, add_special_tokens=True):
        if add_special_tokens:
            self.offset = self.count(text) + 1
        return [0] * (self.count(text) + add_special_tokens)

    def apply_chat_template(self, messages, tokenize):
        assert not tokenize
        return chat_text(self.template, messages[0]['content'], messages[1]['content'])

    def __call__(self, text=None, **options):
        if text is None:
            row = make_row(self.seed, self.kind, self.length)
            return types.SimpleNamespace(attentions=[Row(np.array(row, dtype=np.float64))])
        assert options['truncation']
        self.length = min(self.count(text) + 1, self.limit)
        return Inputs()


class Step(dict):
    """Notes who is written into the pruned text."""

    def __getitem__(self, key):
        if key == 'text':
            self.read = True
        return super().__getitem__(key)


def load(path, model):
    notebook = Path(path).read_text(encoding='utf-8')
    source = '\n'.join(function_source(notebook, name) for name in FUNCTIONS)
    torch = types.SimpleNamespace(no_grad=contextlib.nullcontext, stack=lambda rows: rows[0])
    names = {
        're': re, 'np': np, 'torch': torch, 'sum': compensated_sum,
        'tokenizer': model, 'model': model,
        'generate_reasoning': lambda prompt, max_tokens: prompt,
    }
    exec(compile(source, str(path), 'exec'), names)
    return types.SimpleNamespace(**{name: names[name] for name in FUNCTIONS}), source


# ---- what both sides compute -------------------------------------------------------------------

def chat_text(template, prompt, content):
    if template == 'deepseek':
        return f'<｜begin▁of▁sentence｜><｜User｜>{prompt}<｜Assistant｜>{content}<｜end▁of▁sentence｜>'
    after = '\U0001f600' if template == 'astral' else '\n'
    return f'<|im_start|>user\n{prompt}<|im_end|>\n{MARKER}{after}{content}<|im_end|>\n'


def mulberry32(state):
    mask = 0xffffffff
    while True:
        state = (state + 0x6d2b79f5) & mask
        t = ((state ^ state >> 15) * (state | 1)) & mask
        t = ((t + ((t ^ t >> 7) * (t | 61) & mask)) & mask) ^ t
        yield t ^ t >> 14


def make_row(seed, kind, length):
    numbers = mulberry32(seed)
    values = []
    for i in range(length):
        u, v = next(numbers), next(numbers)
        rough = u / 4294967291 / (1 + v % 1000)
        values.append({
            'rough': rough,
            'tenths': (u % 4) / 10,
            'flat': 1 / length,
            'zero': 0.0,
            'spikes': rough if i % 7 == 0 else 0.0,
        }[kind])
    return values


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# ---- texts -------------------------------------------------------------------------------------

BLANK = ['\n\n'] * 8 + ['\n\n\n', '\n\n\n\n\n\n', '\n \n', '\n\t\n', '\n\n \n\n', '\r\n\r\n',
                        '\n\r\n', '\r\r', '\n', '\u2028\u2028', '\n\u2028\n', '\n\x85\n',
                        '\x85\x85', '\n\n\x1c', '\n\n\ufeff', '\n\n\u200b', '\xa0\n\n\xa0',
                        '\n\n\x1f\x1e\x1d', '\x0b\x0b', '\n\x0c\n', '\u3000\n\n', '\n\n\0']
EDGE = ['', '', '', '', ' ', '\t', '\r', '\x1c', '\x1f ', '\x85', '\xa0', '\u2028', '\u2029',
        '\ufeff', '\u200b', '\u3000', '\u1680', '\u180e', '\x0b\x0c', '\u2007\u202f\u205f']
GLYPHS = list('abcdefgh') + ['é', 'e\u0301', '\U0001f600', '\U0001d7d9', '\U00020000', '中', '٤',
                             '４', '\u200d', '\U0001f468\u200d\U0001f469\u200d\U0001f467', 'ß',
                             'İ', '\u212a']
WORDS = ('wait so we have the sum of all terms which gives two hmm let me check again therefore x '
         'must be prime and 12 or 7 then 345 of 6789 apples '
         '\\frac{1}{2} naïve α₁ ½ ² Ⅷ _9 9_ 3a').split()
HEADS = ['\\boxed{', '\\BOXED{', '\\Boxed{ ', 'boxed{', '\\boxed {', 'the answer is',
         'THE ANSWER IS', 'The Answer Is:', 'the anſwer is ', 'the answer \u0131s',
         'THE ANSWER \u0130S :', 'the  answer is', 'the answer is\x1c:\x85',
         'the answer is\ufeff', 'the answer is : :\n\n:', 'final answer', 'final answer: ',
         'FINAL ANSWER:\xa0', 'f\u0131nal an\u017fwer ', 'final\xa0answer', 'x = ', 'x =',
         'x =  ', '= ', 'Answer: ', '\u212aelvin = ', '']
NUMBERS = ['0', '7', '42', '042', '0999', '999', '1000', '00000', '123456', '٤٢', '４２', '०९९९',
           '𝟙𝟚𝟛', '٤4４', '1٠٠0', '᠑᠒', '²', '½', 'Ⅷ', '12²', '12_', '-5', '3.14', '1,234',
           '12a', 'é12', '12\u0301', '\u030112', '99999999999999999999', '']
TAILS = ['}', '}.', '}', '\n', '\r\n', ' \n', '\t\r\n\nmore', '\u2028more', '\u2028', '\x85',
         '\r', '\rmore', ' \x1c\n', '.', ' apples', '\ufeff', '\ufeff\n', '', '\n\n', '\\]',
         '\u2029 and = 5\n']


def answer_bit(r):
    return r.choice(HEADS) + r.choice(NUMBERS) + r.choice(TAILS)


def paragraph(r, earlier):
    roll = r.random()
    if earlier and roll < 0.15:
        return r.choice(earlier)
    if earlier and roll < 0.25:
        whole = r.choice(earlier)
        start = r.randrange(len(whole) + 1)
        return whole[start:start + r.randrange(8, 30)]
    if roll < 0.45:
        return ''.join(r.choice(GLYPHS) for _ in range(r.randrange(5, 15)))
    if roll < 0.6:
        return r.choice(['wait ', '', 'so ']) + answer_bit(r)
    if roll < 0.65:
        return r.choice(['', ' ', '\n', 'a', '\x1c' * 12, ' ' * 12, '\ufeff' * 10, '\U0001f600' * 9,
                         '\U0001f600' * 10, 'ab\x85' * 4, '\u200b' * 11])
    return ' '.join(r.choice(WORDS) for _ in range(r.randrange(2, 16)))


def thinking(r):
    parts = []
    text = r.choice(EDGE + ['\n', '\n\n'])
    for _ in range(r.randrange(0, 9)):
        parts.append(paragraph(r, parts))
        text += r.choice(EDGE) + parts[-1] + r.choice(EDGE) + r.choice(BLANK)
    return text


def random_text(r):
    body, answer = thinking(r), ''.join(answer_bit(r) for _ in range(r.randrange(0, 3)))
    roll = r.random()
    if roll < 0.5:
        return f'<think>{body}</think>{r.choice(BLANK)}{answer}'
    if roll < 0.6:
        return body + answer
    if roll < 0.68:
        return f'{body}</think>{answer}'
    if roll < 0.74:
        return f'<think>{body}{answer}'
    if roll < 0.82:
        return f'{answer}<think>{body}</think>{answer}<think>{thinking(r)}</think>{answer_bit(r)}'
    if roll < 0.88:
        return f'<think>{body}<think>{thinking(r)}</think>{answer}</think>{answer_bit(r)}'
    if roll < 0.94:
        return f'</think>{answer}<think>{body}</think >{answer}</think>'
    return f'<THINK>{body}</THINK>{answer}<think></think>{answer_bit(r)}'


def border_texts():
    """A number that begins before, at and after the 200th last character, some of them astral."""
    for filler in ['x', '\U0001f600', '\n', 'é']:
        for behind in [195, 197, 198, 199, 200, 201]:
            yield f'left 77 and {"12345"[:3 + behind % 3]}' + f' {filler * (behind - 1)}'


def fixed_texts():
    yield from ['', '\n', ' \t\n\n\x85\u2028', '\ufeff', '<think></think>', '<think>', '</think>',
                '0']
    yield from ['<think>' * 3, '</think><think>', '<think>a</think><think>long enough text</think>']
    yield from ['a' * n for n in (9, 10, 11)] + ['\U0001f600' * n for n in (5, 9, 10)]
    yield '<think>Same step here.\n\nAnother one here.\n\nSame step here.\n\nSame step</think>42'
    yield '<think>A step with its tail in it.\n\ntail in it.\n\nits tail in it.</think>\\boxed{7}'
    yield 'intro: first step text <think>first step text\n\nsecond step text</think> 1 2 3'
    yield from ['\\boxed{0999}', '\\boxed{1000} final answer 12', '\\boxed{٤٢}', '\\boxed{４２}',
                '\\boxed{1}\\boxed{2}\\boxed{1000} = 5\n', 'the answer isTHE ANSWER IS 5',
                'final answer:6', '= 1\n= 42\r\n', '= 42\rmore', '= 42\u2028more',
                '= 42\n\nmore 77', 'the answer i\u017f 5', 'the answer \u0131s 5', '\u212a= 5',
                '\\boxed{-5} 12', '\\boxed{}', '1234 12345x 6', 'a1 _2 3_ 4',
                '1\u0301 22\u0301 4444', '²3 4² 5Ⅷ', '𝟙𝟚𝟛']
    for digits in ('0' * 4299 + '7', '0' * 4300 + '7', '9' * 4300, '1' * 4301):
        yield f'\\boxed{{{digits}}} final answer 12'
    long_steps = '\n\n'.join('ab cd ' * n for n in (20, 60, 150, 9))
    yield f'Long steps follow, each of many tokens.\n\n{long_steps}'
    yield from border_texts()


# ---- golden data -------------------------------------------------------------------------------

def pruned(seed_functions, steps, thinking, answer, threshold):
    """The pruned text, and one character per step: 1 where it was kept."""
    watched = [Step(step) for step in steps]
    text, total, kept = seed_functions.prune_steps(watched, thinking, answer, threshold)
    flags = ''.join('1' if threshold == 0 or hasattr(step, 'read') else '0' for step in watched)
    assert (total, kept) == (len(steps), flags.count('1'))
    return text, flags


def prune_all(seed_functions, steps, thinking, answer):
    cases = []
    for threshold in THRESHOLDS if steps else THRESHOLDS[:1]:
        text, flags = pruned(seed_functions, steps, thinking, answer, threshold)
        prompt = seed_functions.reevaluate(PROBLEM, text)
        cases.append([flags, digest(prompt), seed_functions.extract_answer(text)])
    return cases


def make_case(seed_functions, model, r, text):
    model.set_up(r)
    steps, thinking, answer = seed_functions.segment_steps(text)
    assert [step['step_id'] for step in steps] == list(range(len(steps)))
    full = text
    if steps and r.random() >= 0.9:
        full = text.replace(r.choice(steps)['text'], '(gone)')
    seed_functions.score_steps_by_attention(steps, full, PROBLEM)
    return {
        'text': text, **({} if full == text else {'full': full}),
        **({} if thinking == text else {'thinking': thinking, 'after': answer}),
        'steps': [step['text'] for step in steps],
        'answer': seed_functions.extract_answer(text),
        'template': model.template, 'rate': model.rate, 'limit': model.limit,
        'row': [model.seed, model.kind, model.length], 'offset': model.offset,
        'importances': [step['importance'] for step in steps],
        'pruned': prune_all(seed_functions, steps, thinking, answer),
    }


def make_prunes(seed_functions, r):
    """Importances with ties and NaN (null); every step's text is 'step' and its position."""
    nan = float('nan')
    lists = [[1.0], [nan], [0.5, nan, 0.7], [nan, 0.5], [0.1] * 7, [0.0, -0.0, 0.0], [0.3, 0.1,
             0.2]]
    for _ in range(120):
        n = r.randrange(1, 40)
        lists.append([r.choice([r.random() / n, r.randrange(5) / 10, 0.1 + 0.2]) for _ in range(n)])
    for importances in lists:
        steps = [{'text': f'step {i}', 'importance': x} for i, x in enumerate(importances)]
        flags = [pruned(seed_functions, steps, 't', 'a', t)[1] for t in THRESHOLDS]
        yield [[None if x != x else x for x in importances], flags]


def make_sums():
    lengths = [*range(1, 34), 63, 64, *range(120, 140), 200, 255, 256, 257, 1000, 1023, 4096, 10007]
    for i, n in enumerate(lengths):
        for kind in ('rough', 'tenths', 'spikes'):
            start = i % 5
            row = np.array(make_row(i, kind, start + n), dtype=np.float64)
            yield [i, kind, start, start + n, float(np.sum(row[start:]))]


def ranges(holds):
    """Where a property of code points changes, as differences in base 36."""
    edges, inside, last = [], False, 0
    for code in range(0x110000):
        if holds(chr(code)) != inside:
            inside = not inside
            edges.append(np.base_repr(code - last, 36))
            last = code
    return ' '.join(edges)


def make_unicode():
    zeros = [c for c in range(0x110000) if re.fullmatch(r'\d', chr(c)) and int(chr(c)) == 0]
    digits = {z + k for z in zeros for k in range(10)}
    assert all((c in digits) == bool(re.match(r'\d', chr(c))) for c in range(0x110000))
    assert all(int(chr(z + k)) == k for z in zeros for k in range(10))
    return {
        'assigned': ranges(lambda c: unicodedata.category(c) not in ('Cn', 'Cs')),
        'word': ranges(lambda c: bool(re.match(r'\w', c))),
        'digit': ranges(lambda c: bool(re.match(r'\d', c))),
        'space': ranges(lambda c: bool(re.match(r'\s', c))),
        'strip': ranges(lambda c: c.strip() == ''),
        'zeros': zeros,
        'folded': {letter: [c for c in range(0x110000) if re.match(letter, chr(c), re.IGNORECASE)]
                   for letter in 'abcdefghijklmnopqrstuvwxyz'},
    }


def main(notebook):
    r = random.Random(SEED)
    model = Model()
    seed_functions, source = load(notebook, model)
    texts = [*fixed_texts(), *(random_text(r) for _ in range(RANDOM_TEXTS))]
    golden = {
        'version': 1, 'maker': 'test/golden/make_notebook.py', 'seed': SEED,
        'python': platform.python_version(), 'numpy': np.__version__,
        'unicode': unicodedata.unidata_version,
        'functions': hashlib.sha256(source.encode()).hexdigest(),
        'problem': PROBLEM, 'thresholds': THRESHOLDS,
        'cases': [make_case(seed_functions, model, r, text) for text in texts],
        'prunes': list(make_prunes(seed_functions, r)),
        'sums': list(make_sums()),
        'classes': make_unicode(),
    }
    path = Path(__file__).with_name('notebook.json')
    text = json.dumps(golden, separators=(',', ':'), allow_nan=False)
    path.write_text(text.replace(',{"text"', ',\n{"text"') + '\n')
    print(f'{len(texts)} texts, {path.stat().st_size} bytes')


if __name__ == '__main__':
    main(*sys.argv[1:])
