# Makes the files beside it: python3 make.py, with numpy and h5py. Each has the events of `events` or a part of them.
import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
events = np.array([[0.5, -1.0, 2.0], [3.0, 4.25, -5.5]])  # two events of three coordinates


def save(name, array, version=(1, 0)):
    with open(name + ".npy", "wb") as file:
        np.lib.format.write_array(file, np.asanyarray(array), version=version)


save("c_order_f8", events)
save("fortran_order_f4", np.asfortranarray(events.astype("f4")))
save("fortran_order_i2", np.asfortranarray(events.astype("<i2")))
save("half_f2", events.astype("f2"))
save("one_dimension_i8", np.array([7, -8, 9, 1 << 60]))
save("number_u1", np.uint8(200))
save("booleans", events > 0)
save("no_events", np.zeros((0, 3)))
save("version_2", events, (2, 0))
save("version_3", events, (3, 0))

# Refused.
save("big_endian", events.astype(">f8"))
save("complex", events + 1j)
save("text", np.array(["a", "b"]))
save("records", np.array([(1.0, 2)], dtype=[("x", "<f8"), ("n", "<i4")]))
save("times", np.array(["2026-01-01"], dtype="M8[D]"))
save("three_dimensions", np.zeros((2, 1, 3)))
np.save("objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)

np.savez("arrays.npz", events=events, weights=np.array([0.25, 0.75]), count=2)
np.savez_compressed("deflated.npz", events=events, zeros=np.zeros((4, 500)))

with h5py.File("datasets.h5", "w") as file:
    file["events"] = events
    file["big_endian"] = events.astype(">f4")
    file["whole"] = np.array([7, -8, 1 << 40])
    file["unsigned"] = np.array([1 << 63], dtype="u8")
    file["booleans"] = events > 0
    file["beyond"] = np.array([1.0, 1e300])
    file["not_finite"] = np.array([np.inf, -np.inf, np.nan])
    file["number"] = 3.5
    file["no_events"] = np.zeros((0, 3))
    file["three_dimensions"] = np.zeros((2, 1, 3))
    file["text"] = "text"
    file["nothing"] = h5py.Empty("f8")
    file["elsewhere"] = h5py.ExternalLink("other.h5", "events")
    file.create_dataset(
        "group/deflated", data=(np.arange(10000) % 100).reshape(5000, 2).astype("u2"), chunks=(500, 2), compression=9
    )
