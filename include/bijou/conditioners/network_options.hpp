#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <concepts>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// A size among others in braces; no constructor takes a list of it, which would match {{64}, 3} as two sizes.
struct HiddenSize {
  int value;
  template <std::integral I>
  HiddenSize(I size) : value(static_cast<int>(size)) {}
};

}  // namespace detail

/// The sizes of the hidden layers of a network, and of the context that it reads. Sizes alone convert to it, so that
/// they are written in braces where a network is made: `MAF<float, 2>{{64, 64}, rng}`, with a context of three rows
/// `Made<float>{2, 2, {{64, 64}, 3}, rng}`.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// bijou::NetworkOptions options{64, 64};
/// options.context_size = 3;
/// const bijou::MAF<float, 2> conditional{options, rng};
/// @endcode
struct NetworkOptions {
  std::vector<int> hidden;  // sizes of the hidden layers, at least one
  Index context_size = 0;   // rows of the context

  template <std::integral... Sizes>
  NetworkOptions(detail::HiddenSize first, Sizes... others) : hidden{first.value, static_cast<int>(others)...} {}
  template <std::integral Rows>
  NetworkOptions(std::initializer_list<int> hidden_sizes, Rows rows_of_context)
      : hidden(hidden_sizes), context_size(static_cast<Index>(rows_of_context)) {}
  NetworkOptions(std::vector<int> hidden_sizes, Index rows_of_context = 0)
      : hidden(std::move(hidden_sizes)), context_size(rows_of_context) {}
};

namespace detail {

/// Throws std::invalid_argument for options that no network has.
inline void require_network_options(std::string_view caller, const NetworkOptions& options) {
  if (options.hidden.empty()) throw_invalid_argument(caller, "expected at least one hidden layer, got none");
  for (const int size : options.hidden) {
    if (size <= 0) {
      throw_invalid_argument(caller, "a hidden layer needs at least one unit, got ", size);
    }
  }
  if (options.context_size < 0) {
    throw_invalid_argument(caller, "expected a context of at least 0 rows, got ", options.context_size);
  }
}

}  // namespace detail
}  // namespace bijou
