"""Transformers and kvpress, one measurement a process: called by peers.mjs with a job, token ids on stdin.

transformers: attn_implementation='eager' and output_attentions=True, as the notebook that this project began with.
kvpress: SnapKVPress with a window of 1, whose scores are the last token's attention row.
Weights come out of the GGUF file, dequantised to float32.
"""

import json
import os
import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.generation.streamers import BaseStreamer


def status_kb(name):
    """A line of /proc/self/status; elsewhere the peak that the system knows."""
    try:
        with open("/proc/self/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def load(job):
    eager = job["peer"] == "transformers"
    folder, file = os.path.split(os.path.abspath(job["model"]))
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=file,
        dtype=torch.float32,
        attn_implementation="eager" if eager else "sdpa",
    )
    return model.eval()


def mean_row(attentions):
    """The mean over layers and heads of the last query's row."""
    return torch.stack([layer[0, :, -1, :] for layer in attentions]).mean(dim=(0, 1))


class Stopwatch:
    """By the clock, and by the time of the processors, which others on the machine touch less."""

    def __init__(self):
        self.start = time.perf_counter()
        self.busy = time.process_time()

    def millis(self):
        return {
            "millis": 1000 * (time.perf_counter() - self.start),
            "processorMillis": 1000 * (time.process_time() - self.busy),
        }

    def rate(self, count):
        spent = self.millis()
        return {
            "tokensPerSecond": 1000 * count / spent["millis"],
            "processorMillis": spent["processorMillis"] / count,
        }


class TokenClock(BaseStreamer):
    """Starts when the first token is there, which has the decoding of the prompt behind it."""

    def __init__(self):
        self.calls = 0
        self.watch = None
        self.rate = {}

    def put(self, value):
        self.calls += 1
        # the first call hands over the prompt
        if self.calls == 2:
            self.watch = Stopwatch()

    def end(self):
        self.rate = self.watch.rate(self.calls - 2)


def generate(model, job, ids):
    clock = TokenClock()
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=job["tokens"],
        do_sample=False,
        streamer=clock,
        eos_token_id=None,
        pad_token_id=0,
    )
    return {**clock.rate, "tokens": out[0, ids.shape[1] :].tolist()}


def loop(model, job, ids, prefill, attentions=False):
    """Greedily, token by token, for every row of ids at once."""
    cache = DynamicCache()
    logits = prefill(cache)
    tokens = [logits[:, -1:].argmax(dim=-1)]
    watch = Stopwatch()
    for position in range(ids.shape[1], ids.shape[1] + job["tokens"] - 1):
        out = model(
            tokens[-1],
            past_key_values=cache,
            position_ids=torch.full_like(tokens[-1], position),
            output_attentions=attentions,
        )
        if attentions:
            mean_row(out.attentions)
        tokens.append(out.logits[:, -1:].argmax(dim=-1))
    rate = watch.rate((job["tokens"] - 1) * ids.shape[0])
    return {**rate, "tokens": torch.cat(tokens, dim=1)[0].tolist()}


def rows(model, job, ids):
    return loop(model, job, ids, lambda cache: model(ids, past_key_values=cache, logits_to_keep=1).logits, True)


def chains(model, job, ids):
    many = ids.repeat(job["chains"], 1)
    return loop(model, job, many, lambda cache: model(many, past_key_values=cache, logits_to_keep=1).logits)


def row(model, job, ids):
    watch = Stopwatch()
    found = mean_row(model(ids, output_attentions=True).attentions)
    return {**watch.millis(), "row": found.tolist()}


def live(model, job, ids):
    cache = DynamicCache()
    model(ids[:, :-1], past_key_values=cache, logits_to_keep=1)
    watch = Stopwatch()
    found = mean_row(model(ids[:, -1:], past_key_values=cache, output_attentions=True).attentions)
    return {**watch.millis(), "row": found.tolist()}


def press_of_one(scores):
    """A window of one query; what it scores is the row, kept beside."""
    from kvpress import SnapKVPress

    class Kept(SnapKVPress):
        def score(self, *args):
            found = super().score(*args)
            # the last key is given more than all others, so that it stays
            scores.append(found[0, :, :-1].mean(dim=0))
            return found

    return Kept(compression_ratio=0.5, window_size=1, kernel_size=1)


def pressed_generate(model, job, ids):
    press = press_of_one([])

    def prefill(cache):
        with press(model):
            return model(ids, past_key_values=cache, logits_to_keep=1).logits

    return loop(model, job, ids, prefill)


def pressed_row(model, job, ids):
    scores = []
    watch = Stopwatch()
    with press_of_one(scores)(model):
        model(ids, past_key_values=DynamicCache(), logits_to_keep=1)
    found = torch.stack(scores).mean(dim=0)
    return {**watch.millis(), "row": found.tolist()}


MEASURES = {
    "transformers": {"generate": generate, "rows": rows, "chains": chains, "row": row, "live": live},
    "kvpress": {"generate": pressed_generate, "row": pressed_row},
}


def main():
    job = json.loads(sys.argv[1])
    ids = torch.tensor([[int(token) for token in sys.stdin.read().split()]])
    torch.set_num_threads(job["threads"])
    with torch.no_grad():
        model = load(job)
        model(ids[:, :1])
        loaded = status_kb("VmRSS")
        measured = MEASURES[job["peer"]][job["name"]](model, job, ids)
    print(json.dumps({**measured, "loadedRssKb": loaded, "peakRssKb": status_kb("VmHWM")}))


main()
