// Eigen's packets for SSE2, in WebAssembly's SIMD: the intrinsics are those of SIMDe, in its portable form, in which a
// packet of floats and one of doubles are two types, as Eigen wants it. Included before Eigen, whose own includes find
// the empty files beside this one.
#pragma once
#define SIMDE_WASM_SIMD128_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/sse2.h>
