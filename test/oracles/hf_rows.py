r"""Attention rows of Hugging Face transformers, as golden values for our own.

A development script: it needs torch, transformers, accelerate and gguf, which the tests do not.

    python test/oracles/hf_rows.py MODEL.gguf OUT.json [--tokens IDS.json] [--heads 0:0,3:1,…]

How the golden files came about (the second one from token ids that the model itself wrote through
llama.cpp, because transformers makes another vocabulary of that file; its own golden file is taken
as IDS.json to make it again):

    hf_rows.py SmolLM2-135M-Instruct.Q4_1.gguf test/golden/hf-rows-smollm2.json
    hf_rows.py tiny-reasoner-q4_0.gguf test/golden/hf-rows-tiny-reasoner.json \
        --tokens test/golden/hf-rows-tiny-reasoner.json

The weights are read from the same GGUF file and dequantised to float32; attention is eager. Token
ids are written to OUT.json, so that no tokenizer has to agree. (transformers permutes the query
and key rows of the llama architecture when it loads them, to suit its own rotary embedding: the
attention is the same.)

What to expect: with F32 weights and an F32 KV cache llama.cpp comes to an NMSE of 4e-12 (our tiny
qwen2 model). With quantised weights it quantises the activations too, and comes to 3e-5 to 9e-5 for
the mean row and up to 3e-3 for a single head.
"""

import argparse
import hashlib
import json
import pathlib

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

PROBLEM = (
    "A farmer has 12 boxes with 8 apples each. He sells 37 apples in the morning and 21 in the "
    "afternoon. How many apples are left?"
)
ANSWER = (
    "There are 12 boxes with 8 apples each, so the farmer has 12 * 8 = 96 apples.\n\n"
    "In the morning he sells 37 apples, which leaves 96 - 37 = 59 apples.\n\n"
    "Wait, let me check that: 37 + 59 = 96. That is right.\n\n"
    "In the afternoon he sells 21 more, which leaves 59 - 21 = 38 apples.\n\n"
    "The answer is 38."
)


def fixed_tokens(path: pathlib.Path) -> list[int]:
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    messages = [{"role": "user", "content": PROBLEM}]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return tokenizer(prompt + ANSWER, add_special_tokens=False)["input_ids"]


def read_tokens(path: pathlib.Path) -> list[int]:
    content = json.loads(path.read_text())
    return content["tokens"] if isinstance(content, dict) else content


def sha256(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rounded(row: torch.Tensor) -> list[float]:
    """Nine significant digits: enough for every float32."""
    return [float(f"{value:.9g}") for value in row.tolist()]


def chosen_heads(text: str | None, layers: int, heads: int) -> list[tuple[int, int]]:
    if text is not None:
        return [tuple(map(int, pair.split(":"))) for pair in text.split(",")]
    return [(0, 0), (layers // 3, 1), (2 * layers // 3, heads // 2), (layers - 1, heads - 1)]


def last_rows(path: pathlib.Path, tokens: list[int]) -> torch.Tensor:
    """Shape (layers, heads, tokens): the attention of the last token, as float64."""
    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    with torch.no_grad():
        output = model(torch.tensor([tokens]), output_attentions=True, use_cache=False)
    return torch.stack([layer[0, :, -1, :].double() for layer in output.attentions])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tokens", type=pathlib.Path, help="JSON: an array of token ids, or a golden file")
    parser.add_argument("--heads", help="layer:head pairs, with commas")
    options = parser.parse_args()

    path = options.model.resolve()
    tokens = read_tokens(options.tokens) if options.tokens else fixed_tokens(path)
    rows = last_rows(path, tokens)
    layers, heads, length = rows.shape
    assert length == len(tokens)
    assert torch.isfinite(rows).all() and (rows.sum(-1) - 1).abs().max() < 1e-5

    golden = {
        "version": 1,
        "maker": "test/oracles/hf_rows.py",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "model": {"file": path.name, "sha256": sha256(path), "layers": layers, "heads": heads},
        "tokens": tokens,
        "row": rounded(rows.mean((0, 1))),
        "heads": [
            {"layer": layer, "head": head, "row": rounded(rows[layer, head])}
            for layer, head in chosen_heads(options.heads, layers, heads)
        ],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(golden) + "\n")
    print(f"{options.out}: {length} tokens, {layers} layers, {heads} heads")


if __name__ == "__main__":
    main()
