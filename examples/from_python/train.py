"""Trains a neural spline flow of zuko on two moons and writes what main.cpp reads, beside this file:

    pip install zuko torch numpy safetensors
    python train.py

- two_moons.pt: the state_dict, as torch.save writes it;
- two_moons.safetensors: the same flow with its architecture, by bijou_export;
- points.npy: 1,000 rows of x, y and zuko's ln p(x, y) in nats, with numbers of 32 and of 64 bits.
"""

import math
import pathlib

import numpy as np
import torch
import zuko

from bijou_export import export

folder = pathlib.Path(__file__).parent


def two_moons(count):
    """Rows of points on two half circles of radius 1, with normal noise of deviation 0.1."""
    angle = math.pi * torch.rand(count)
    moon = torch.stack([angle.cos(), angle.sin()], dim=1)
    second = torch.rand(count) < 0.5
    moon[second] = torch.tensor([1.0, 0.5]) - moon[second]
    return moon - torch.tensor([0.5, 0.25]) + 0.1 * torch.randn(count, 2)


torch.manual_seed(0)
flow = zuko.flows.NSF(features=2, transforms=3, bins=8, hidden_features=(32, 32))
steps = 1_500
optimizer = torch.optim.Adam(flow.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
for step in range(steps):
    loss = -flow().log_prob(two_moons(512)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()

flow.eval()
x = torch.cat([two_moons(900), 6 * torch.rand(100, 2) - 3])
torch.save(flow.state_dict(), folder / "two_moons.pt")
export(flow, folder / "two_moons.safetensors")
with torch.no_grad():
    print(f"mean of -ln p over new points: {-flow().log_prob(two_moons(20_000)).mean():.4f} nats")
    log_p = flow().log_prob(x).double()
    exact = flow.double()().log_prob(x.double())
np.save(folder / "points.npy", torch.stack([*x.double().T, log_p, exact], dim=1).numpy())
