#pragma once

// An older standard gives this sentence and nothing else. A missing file ends the compilation in every compiler; after
// #error it would go on and report each use of C++20 in every header.
#if __cplusplus < 202002L
#include "bijou needs C++20: compile with -std=c++20"
#endif
