"""Qwen2, as small as it gets, in the shapes and with the names that GGUF files use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Q4_BLOCK = 32


@dataclass(frozen=True)
class Shape:
    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 8
    kv_heads: int = 2
    feed_forward: int = 768
    context: int = 8192
    rope_base: float = 10_000.0
    epsilon: float = 1e-6

    @classmethod
    def of(cls, weights: dict[str, Tensor]) -> Shape:
        layers = {name.split(".")[1] for name in weights if name.startswith("blk.")}
        return cls(len(weights["token_embd.weight"]), layers=len(layers))

    @property
    def head_size(self) -> int:
        return self.width // self.heads


class RoundToQ4(torch.autograd.Function):
    """Weights as Q4_0 stores them (one scale for 32 numbers, -8..7); gradients pass unchanged."""

    @staticmethod
    def forward(_ctx, weight: Tensor) -> Tensor:
        blocks = weight.reshape(-1, Q4_BLOCK)
        largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
        scale = largest / -8
        inverse = torch.where(scale == 0, 0.0, 1 / scale)
        codes = (blocks * inverse + 8.5).floor().clamp(0, 15) - 8
        return (codes * scale.half().float()).reshape(weight.shape)

    @staticmethod
    def backward(_ctx, gradient: Tensor) -> Tensor:
        return gradient


class Linear(nn.Linear):
    quantised = False

    def forward(self, x: Tensor) -> Tensor:
        weight = RoundToQ4.apply(self.weight) if self.quantised else self.weight
        return F.linear(x, weight, self.bias)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        kv_width = shape.kv_heads * shape.head_size
        self.attn_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.attn_q = Linear(shape.width, shape.width)
        self.attn_k = Linear(shape.width, kv_width)
        self.attn_v = Linear(shape.width, kv_width)
        self.attn_output = Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.ffn_gate = Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_up = Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_down = Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], cache: list[Tensor] | None) -> Tensor:
        h = self.attn_norm(x)
        q, k, v = (
            project(h).unflatten(-1, (-1, self.shape.head_size)).transpose(1, 2)
            for project in (self.attn_q, self.attn_k, self.attn_v)
        )
        q, k = rotate(q, rope), rotate(k, rope)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            cache[:] = k, v
        causal = q.shape[2] == k.shape[2]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
        x = x + self.attn_output(y.transpose(1, 2).flatten(2))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


def rotate(x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions; the halves of a head are the pairs."""
    cos, sin = rope
    first, second = x.chunk(2, -1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1).to(x.dtype)


class Model(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, shape.epsilon)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        half = shape.head_size // 2
        frequencies = shape.rope_base ** -(torch.arange(half) / half)
        angles = torch.arange(shape.context)[:, None] * frequencies
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens: Tensor, start: int = 0, caches: list | None = None) -> Tensor:
        """Token ids (batch, length) to hidden states (batch, length, width), normalised."""
        end = start + tokens.shape[1]
        rope = self.cos[start:end], self.sin[start:end]
        x = self.token_embd(tokens)
        for i, layer in enumerate(self.blk):
            x = layer(x, rope, caches[i] if caches is not None else None)
        return self.output_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.token_embd.weight)  # tied

    def quantise(self) -> None:
        """From now on compute with the weights that the quantised file will have."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.quantised = True

    @torch.inference_mode()
    def greedy(self, prompt: list[int], end: int, limit: int) -> list[int]:
        caches: list[list[Tensor]] = [[] for _ in self.blk]
        device = self.token_embd.weight.device
        tokens, new = torch.tensor([prompt], device=device), []
        start = 0
        while len(new) < limit:
            hidden = self(tokens, start, caches)
            start += tokens.shape[1]
            token = int(self.logits(hidden[:, -1]).argmax())
            if token == end:
                break
            new.append(token)
            tokens = torch.tensor([[token]], device=device)
        return new


def weights_of(path: Path) -> dict[str, Tensor]:
    """The weights of a GGUF file, as they are rounded there."""
    import gguf  # needed for this alone

    reader = gguf.GGUFReader(path)
    return {
        tensor.name: torch.tensor(gguf.quants.dequantize(tensor.data, tensor.tensor_type))
        for tensor in reader.tensors
    }
