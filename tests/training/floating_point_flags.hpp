#pragma once

#include <cfenv>

/// Which of FE_INVALID, FE_DIVBYZERO and FE_OVERFLOW a call raises: a program with traps on would end there.
template <class Body>
int raised_by(Body&& body) {
  std::feclearexcept(FE_ALL_EXCEPT);
  body();
  return std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
}
