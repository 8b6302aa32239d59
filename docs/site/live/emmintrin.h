// Empty: see simd.hpp.
