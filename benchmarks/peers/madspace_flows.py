"""MadSpace, the C++ library beside madnis, through its Python module: Flow, in double. Noise for the draws comes from numpy.
There is no training step: MadSpace trains on integrands, not on events."""

from importlib.metadata import version

import madspace
import numpy as np

LACKS: dict[str, str] = {}


def versions() -> dict[str, str]:
    return {"madspace": version("madspace")}


class MadspaceFlow:
    def __init__(self, d: int, hidden: int) -> None:
        self.d = d
        self.rng = np.random.default_rng(1)
        self.context = madspace.Context(1)
        flow = madspace.Flow(d, subnet_hidden_dim=hidden, subnet_activation=madspace.MLP.Activation.relu)
        flow.initialize_globals(self.context, seed=1)
        self.forward = madspace.FunctionRuntime(flow.forward_function(), self.context)
        self.inverse = madspace.FunctionRuntime(flow.inverse_function(), self.context)
        names = self.context.global_names()
        self.parameter_count = sum(self.context.get_global(name).numpy().size for name in names)

    def array(self, x: np.ndarray) -> np.ndarray:
        return x.astype(np.float64)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        _, det = self.inverse.call([x])
        return np.log(det.numpy())

    def sample(self, n: int) -> np.ndarray:
        return self.forward.call([self.rng.random((n, self.d))])[0].numpy()

    def step(self, x: np.ndarray) -> float:
        raise NotImplementedError("madspace: no maximum likelihood")

    def wait(self) -> None:
        pass


def make(kind: str, d: int, hidden: int, layers: int, compiled: bool = False) -> MadspaceFlow:
    return MadspaceFlow(d, hidden)
