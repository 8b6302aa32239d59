"""Makes python.safetensors, which tests/io/python.cpp reads: every type that the Python package writes.

    pip install safetensors torch
    python3 python.py
"""

import torch
from safetensors.torch import save_file

numbers = torch.tensor([[1.0, -2.5, 0.0], [0.5, 65504.0, -6.103515625e-05]], dtype=torch.float64)
whole = torch.tensor([0, 1, 100])
tensors = {
    "f64": numbers,
    "f32": numbers.float(),
    "f16": numbers.half(),
    "bf16": numbers[:, :2].bfloat16().contiguous(),
    "i64": whole - 2**40,
    "i32": (whole - 50).int(),
    "i16": (whole - 50).short(),
    "i8": (whole - 50).to(torch.int8),
    "u8": whole.to(torch.uint8),
    "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(3.0),
    "empty": torch.zeros(0, 4),
    "name with \"quotes\" and é": torch.tensor([7.0]),
}
save_file(tensors, "python.safetensors", metadata={"format": "pt", "text": "line\nline"})
