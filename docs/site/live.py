"""Compiles docs/site/live/two_moons.cpp to WebAssembly, for the page that trains in the reader's browser.

With Debian's packages clang, lld, wasi-libc, libc++-14-dev-wasm32, libc++abi-14-dev-wasm32, libclang-rt-14-dev-wasm32,
libsimde-dev and libeigen3-dev. (Debian's Emscripten, 3.1.6, has a C++ library without std::bit_cast.)
"""

import subprocess
from pathlib import Path

LIVE = Path(__file__).resolve().parent / "live"
ROOT = LIVE.parents[2]

COMPILE = [
    "clang++", "--target=wasm32-wasi", "-std=c++20", "-O3", "-DNDEBUG", "-fno-exceptions", "-Wall", "-Wextra", "-Werror",
    "-msimd128", "-D__SSE__", "-D__SSE2__", "-isystem", str(LIVE), "-include", "simd.hpp",
    "-fgnuc-version=0",  # no inline assembly of x86 in Eigen
    "-I", str(ROOT / "include"), "-isystem", "/usr/include/eigen3",
]  # fmt: skip


def make_wasm(folder):
    """The compiled program; made anew if a source is younger."""
    wasm, compiled = folder / "two_moons.wasm", folder / "two_moons.o"
    sources = [*LIVE.iterdir(), *(ROOT / "include").rglob("*.hpp"), Path(__file__)]
    if wasm.exists() and wasm.stat().st_mtime > max(s.stat().st_mtime for s in sources):
        return wasm
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([*COMPILE, "-c", str(LIVE / "two_moons.cpp"), "-o", str(compiled)], check=True)
    # Without -O: clang would call a wasm-opt, where there is one, that does not know of SIMD.
    link = ["clang++", "--target=wasm32-wasi", "-mexec-model=reactor", "-Wl,--strip-all", str(compiled), "-o", str(wasm)]
    subprocess.run(link, check=True)
    return wasm
