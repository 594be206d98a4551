"""Muon: momentum whose matrix is replaced by the nearest orthogonal one (Jordan et al., 2024).

PyTorch has it too, in bfloat16: without processor support for that type its step took 9.7 s on two
cores, this one 0.17 s.
"""

from __future__ import annotations

from typing import Iterable

import torch
from torch import Tensor

# of the quintic Newton-Schulz iteration: its slope at zero is as steep as convergence allows
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalise(matrices: Tensor) -> Tensor:
    """(matrices, rows, columns): the nearest orthogonal ones, roughly."""
    a, b, c = COEFFICIENTS
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "momentum": 0.95, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            same_shape: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                same_shape.setdefault(weight.shape, []).append(weight)
            for weights in same_shape.values():
                self.step_of(weights, group)

    def step_of(self, weights: list[Tensor], group: dict) -> None:
        for weight in weights:
            if "momentum" not in self.state[weight]:
                self.state[weight]["momentum"] = torch.zeros_like(weight)
        momenta = [self.state[weight]["momentum"] for weight in weights]
        gradients = [weight.grad for weight in weights]
        torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, momenta, group["momentum"])
        updates = orthogonalise(torch.stack(ahead)).unbind()
        # steps as long as AdamW's usual ones, so that both share a learning rate
        scale = 0.2 * max(weights[0].shape) ** 0.5
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(weights, updates, alpha=-group["lr"] * scale)
