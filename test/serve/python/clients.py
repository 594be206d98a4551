"""Python's clients against a running server; prints one line of JSON. A development script.

    python clients.py packages
    python clients.py openai   '{"base": …, "key": …, "problem": …}'
    python clients.py problems '{"base": …, "key": …, "data": FILE, "extra": {…}}'
    python clients.py choices  '{"base": …, "key": …, "data": FILE, "gguf": FILE}'
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
here = pathlib.Path(__file__).parent


def say(result):
    print("RESULT " + json.dumps(result))


def packages():
    import importlib.util

    names = ["openai", "lm_eval", "transformers", "torch", "gguf", "accelerate"]
    say([name for name in names if importlib.util.find_spec(name) is None])


def client(base, key, problem):
    from openai import BadRequestError, OpenAI

    openai = OpenAI(base_url=base, api_key=key, max_retries=0)
    messages = [{"role": "user", "content": problem}]
    asked = {"model": "embedded", "messages": messages, "temperature": 0}
    answer = openai.chat.completions.create(**asked, extra_body={"cot_prune": {"steps": True}})
    stream = openai.chat.completions.create(
        **asked, stream=True, stream_options={"include_usage": True}
    )
    streamed, usage = {"reasoning_content": "", "content": ""}, None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            for name in streamed:
                streamed[name] += getattr(choice.delta, name, None) or ""
    param = None
    try:
        openai.chat.completions.create(**asked, top_p=9)
    except BadRequestError as error:
        param = error.param
    message = answer.choices[0].message
    say(
        {
            "content": message.content,
            "reasoning": message.reasoning_content,
            "reasoning_tokens": answer.usage.completion_tokens_details.reasoning_tokens,
            "steps": len(answer.cot_prune["steps"]),
            "streamed": streamed,
            "streamed_tokens": usage.completion_tokens,
            "param": param,
        }
    )


def task(name, data):
    import yaml

    config = yaml.safe_load((here / f"{name}.yaml").read_text())
    return {**config, "dataset_kwargs": {"data_files": data}}


def evaluate(model, config, **options):
    from lm_eval import simple_evaluate

    results = simple_evaluate(
        model=model, tasks=[config], log_samples=True, bootstrap_iters=0, **options
    )
    return results["results"][config["task"]], results["samples"][config["task"]]


def problems(base, key, data, extra):
    """The harness's own model of chats; what it does not know of is added to each request."""
    from lm_eval.models.openai_completions import LocalChatCompletion

    class Pruning(LocalChatCompletion):
        def _create_payload(self, *args, **kwargs):
            return {**super()._create_payload(*args, **kwargs), **extra}

    os.environ["OPENAI_API_KEY"] = key
    model = Pruning(
        base_url=f"{base}/chat/completions",
        model="embedded",
        num_concurrent=4,
        max_retries=1,
        tokenized_requests=False,
    )
    scores, samples = evaluate(model, task("embedded-problems", data), apply_chat_template=True)
    say({"accuracy": scores["exact_match,boxed"], "asked": len(samples)})


def byte_tokenizer(path, folder):
    """The tokenizer of a GGUF file of byte-level BPE, as Hugging Face has it."""
    from gguf import GGUFReader
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    eos = tokens[fields["tokenizer.ggml.eos_token_id"].contents()]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=eos, pad_token=eos)
    tokenizer.save_pretrained(folder)
    return tokenizer


def choices(base, key, data, gguf):
    """The same task by transformers and through the server: log-likelihoods of each choice."""
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.models.openai_completions import LocalCompletionsAPI
    from transformers import AutoModelForCausalLM

    folder = pathlib.Path(data).parent / "tokenizer"
    tokenizer = byte_tokenizer(gguf, folder)
    file = pathlib.Path(gguf)
    weights = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.float32
    )
    os.environ["OPENAI_API_KEY"] = key
    served = LocalCompletionsAPI(
        base_url=f"{base}/completions",
        model="tiny",
        tokenizer=str(folder),
        tokenizer_backend="huggingface",
        num_concurrent=2,
        max_retries=1,
    )
    oracle = HFLM(pretrained=weights, tokenizer=tokenizer, device="cpu", batch_size=1)
    config = task("which-is-next", data)
    found = {}
    for name, model in {"transformers": oracle, "served": served}.items():
        scores, samples = evaluate(model, config)
        samples.sort(key=lambda sample: sample["doc_id"])
        likelihoods = [[float(one[0][0]) for one in sample["resps"]] for sample in samples]
        greedy = [[str(one[0][1]) == "True" for one in sample["resps"]] for sample in samples]
        found[name] = {"acc": scores["acc,none"], "likelihoods": likelihoods, "greedy": greedy}
    say(found)


modes = {"packages": packages, "openai": client, "problems": problems, "choices": choices}
modes[sys.argv[1]](**json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))
