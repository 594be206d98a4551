"""Makes the GGUF file of a checkpoint.

    python export.py CHECKPOINT_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch

import tokenizer as vocabulary
from model import Shape
from traces import BEGIN, END, SPECIAL, THINK, THINK_END

PATH = Path(__file__).with_name("tiny-reasoner-q4_0.gguf")
MATRICES, EMBEDDING = gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0

# As DeepSeek-R1's: a system text behind BOS, earlier thinking left out of the history, and a
# generation prompt that opens the thinking.
TEMPLATE = (
    "{%- set ns = namespace(system='') -%}"
    "{%- for message in messages -%}{%- if message.role == 'system' -%}"
    "{%- set ns.system = ns.system + message.content -%}{%- endif -%}{%- endfor -%}"
    "{{- bos_token + ns.system -}}"
    "{%- for message in messages -%}"
    "{%- if message.role == 'user' -%}{{- '<｜User｜>' + message.content -}}"
    "{%- elif message.role == 'assistant' -%}"
    "{{- '<｜Assistant｜>' + message.content.split('</think>')[-1] + '<｜end▁of▁sentence｜>' -}}"
    "{%- endif -%}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<｜Assistant｜><think>\\n' -}}{%- endif -%}"
)


def add_tokenizer(writer: gguf.GGUFWriter) -> None:
    model = json.loads(vocabulary.PATH.read_text())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    kinds = []
    for token in tokens:
        if token in (THINK, THINK_END):
            kinds.append(gguf.TokenType.USER_DEFINED)
        else:
            kinds.append(gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = model["merges"]
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_bos_token_id(model["vocab"][BEGIN])
    writer.add_eos_token_id(model["vocab"][END])
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)


def add_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name("tiny-reasoner")
    writer.add_license("mit")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    # its traces are written out one way: drawing other tokens makes mistakes and nothing else
    writer.add_sampling_temp(0.0)


def export(checkpoint: Path) -> None:
    weights = torch.load(checkpoint / "checkpoint.pt", map_location="cpu")["model"]
    writer = gguf.GGUFWriter(PATH, "qwen2")
    add_shape(writer, Shape.of(weights))
    add_tokenizer(writer)
    for name, weight in weights.items():
        values = weight.float().numpy().astype(np.float32)
        if values.ndim == 1:
            writer.add_tensor(name, values)
            continue
        kind = EMBEDDING if name.startswith("token_embd") else MATRICES
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    export(Path(sys.argv[1]))
    print(PATH, PATH.stat().st_size, "bytes")
