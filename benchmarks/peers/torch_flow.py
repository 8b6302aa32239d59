"""What the flows written with torch share."""

from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import torch

LEARNING_RATE = 1e-5  # as in bijou_runner.cpp


def versions(*packages: str) -> dict[str, str]:
    return {name: version(name) for name in ("torch", *packages)}


class TorchFlow:
    """log_prob(x) -> N and sample(n) -> N x D of a module. With compiled, both and the loss go through torch.compile;
    if `networks` are given, only these do when sampling (the D passes of a MAF unrolled take too long to compile)."""

    def __init__(
        self,
        module: torch.nn.Module,
        log_prob: Callable[[torch.Tensor], torch.Tensor],
        sample: Callable[[int], torch.Tensor],
        compiled: bool,
        networks: list[torch.nn.Module],
    ) -> None:
        def loss(x: torch.Tensor) -> torch.Tensor:
            return -log_prob(x).mean()

        self.parameter_count = sum(p.numel() for p in module.parameters())
        self.optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE, fused=True)
        self.compiled, self.networks = compiled, networks
        self._log_prob, self._sample, self._loss = log_prob, sample, loss
        if compiled:
            self._log_prob = torch.compile(log_prob, dynamic=False)
            self._loss = torch.compile(loss, dynamic=False)
            self._sample = sample if networks else torch.compile(sample, dynamic=False)

    def array(self, x: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(x)

    @torch.no_grad()
    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        return self._log_prob(x)

    @torch.no_grad()
    def sample(self, n: int) -> torch.Tensor:
        if self.compiled:
            while self.networks:
                self.networks.pop().compile(dynamic=False)
        return self._sample(n)

    def step(self, x: torch.Tensor) -> torch.Tensor:
        """The nll before the step."""
        self.optimizer.zero_grad(set_to_none=True)
        nll = self._loss(x)
        nll.backward()
        self.optimizer.step()
        return nll.detach()

    def wait(self) -> None:
        pass


def half_mask(d: int, layer: int) -> torch.Tensor:
    """True for the d // 2 coordinates that pass: the first ones, or the last ones in every second layer."""
    mask = torch.arange(d) < d // 2
    return mask.flip(0) if layer % 2 else mask
