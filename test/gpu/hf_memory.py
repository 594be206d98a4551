"""What the usual script needs: Hugging Face transformers, the 1.5B shape with random weights, eager
attention and output_attentions=True, one forward pass over LENGTH tokens, on the GPU.

    python3 hf_memory.py LENGTH

Prints JSON: seconds, peak_bytes of device memory, or the out-of-memory error.
"""

import json
import sys
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM


def measure(length: int) -> dict:
    config = Qwen2Config(
        vocab_size=151936,
        hidden_size=1536,
        intermediate_size=8960,
        num_hidden_layers=28,
        num_attention_heads=12,
        num_key_value_heads=2,
        max_position_embeddings=131072,
        attn_implementation="eager",
    )
    torch.manual_seed(1)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = Qwen2ForCausalLM(config).eval()
    tokens = torch.randint(0, config.vocab_size, (1, length), device="cuda")
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    started = time.time()
    result = {"length": length, "weights_bytes": before}
    try:
        with torch.inference_mode():
            row = torch.stack([a[0, :, -1].float().mean(0) for a in model(tokens, output_attentions=True).attentions])
        torch.cuda.synchronize()
        result |= {"seconds": time.time() - started, "sum": row.mean(0).sum().item()}
    except torch.cuda.OutOfMemoryError as error:
        result |= {"out_of_memory": str(error).splitlines()[0]}
    return result | {"peak_bytes": torch.cuda.max_memory_allocated() - before}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
