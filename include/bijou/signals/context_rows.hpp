#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bijou {

/// Some rows of a context in an order: the network of an Embed whose part reads no others. A row may be named more than
/// once. Without parameters.
///
/// @f[ e_j(c) = c_{r_j} @f]
///
/// T: float or double. Throws std::invalid_argument for a row that the context has not, or none.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::MAF<float, 2> layer{bijou::NetworkOptions{{32}, 1}, rng};
/// const bijou::Embed second_row_only{bijou::ContextRows<float>{3, {1}}, layer};
/// @endcode
template <class T>
class ContextRows {
 public:
  using Scalar = T;
  using Cache = NoCache;
  static constexpr const char* name = "ContextRows";
  static constexpr const char* formula = "c[rows]";

  /// context_size: rows of the context; rows: those that are given on.
  ContextRows(Index context_size, std::vector<int> rows) : input_size_(context_size), rows_(std::move(rows)) {
    if (rows_.empty()) detail::throw_invalid_argument(name, "expected at least 1 row");
    detail::require_no_error(name, state_error());
  }

  std::string shape() const { return detail::joined({input_size(), " -> ", output_size()}); }
  Index input_size() const { return input_size_; }
  Index output_size() const { return static_cast<Index>(rows_.size()); }
  static constexpr Index context_size() { return 0; }
  /// Row j of the output is row rows()[j] of the context.
  const std::vector<int>& rows() const { return rows_; }

  static constexpr auto members() {
    return Members{structure("input_size", &ContextRows::input_size_), state("rows", &ContextRows::rows_)};
  }

  std::string state_error() const {
    const auto wrong = std::find_if(rows_.begin(), rows_.end(), [&](int r) { return r < 0 || r >= input_size_; });
    if (wrong == rows_.end()) return {};
    return detail::joined({"expected rows of a context of ", input_size_, ", got ", *wrong});
  }

  void evaluate(ConditionerEvaluation<T, Cache> e) const {
    for (Index j = 0; j < output_size(); ++j) e.output.row(j) = e.input.row(row(j));
  }
  void pullback(ConditionerPullback<T, Cache> p) const {
    p.input_gradient.setZero();
    for (Index j = 0; j < output_size(); ++j) p.input_gradient.row(row(j)) += p.output_gradient.row(j);
  }

 private:
  Index row(Index j) const { return rows_[static_cast<std::size_t>(j)]; }

  Index input_size_;
  std::vector<int> rows_;
};

}  // namespace bijou
