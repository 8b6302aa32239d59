#pragma once

// Catch2, version 2 or 3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

// The scalars of most tests; only one in a build of a part of the types (fewer_types.hpp).
#ifndef BIJOU_TESTS_IN_FEWER_TYPES
#define BIJOU_TEST_SCALARS float, double
#elif BIJOU_TESTS_IN_FEWER_TYPES == 2
#define BIJOU_TEST_SCALARS double
#else
#define BIJOU_TEST_SCALARS float
#endif
