#pragma once

#include "support/laws.hpp"

namespace laws {

/// The laws of a bijector with a context (C x N, in the pass): round trip, gradients for input, parameters and context
/// against differences, and accumulation of the gradient for the context.
void check_conditional(const Subject<double>& b, Index context_size);

template <class B>
void check_conditional(const B& b, [[maybe_unused]] Index context_size) {
  if constexpr (joins<B>) {
    check_conditional(static_cast<const Subject<double>&>(SubjectOf<double, B>(b)), context_size);
  }
}

}  // namespace laws
