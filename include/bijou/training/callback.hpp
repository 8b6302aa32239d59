#pragma once

#include <bijou/core/language.hpp>
#include <bijou/core/members.hpp>
#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bijou {
namespace detail {

/// Calls f; whether training shall go on.
template <class F, class Report>
bool goes_on(F& f, const Report& report) {
  if constexpr (std::same_as<std::invoke_result_t<F&, const Report&>, bool>) {
    return std::invoke(f, report);
  } else {
    std::invoke(f, report);
    return true;
  }
}

}  // namespace detail

/// A function that training calls with reports, made from anything that takes a const Report&. If it returns bool,
/// false asks training to stop; whatever else it returns is ignored. EpochCallback and StepCallback are for fit and
/// minimize.
///
/// @code{.cpp}
/// const bijou::EpochCallback show = [](const bijou::EpochReport& report) { std::printf("%g\n", report.train_nll); };
/// const bijou::EpochCallback stop_at_zero = [](const bijou::EpochReport& report) { return report.train_nll > 0; };
/// @endcode
template <class Report>
class Callback {
 public:
  /// Does nothing.
  Callback() = default;
  Callback(std::nullptr_t) {}

  template <class F>
  requires std::invocable<F&, const Report&> && (!std::same_as<F, Callback>)
  Callback(F f) {
    if constexpr (std::same_as<std::invoke_result_t<F&, const Report&>, bool>) {
      function_ = std::move(f);
    } else if (std::function<void(const Report&)> go_on = std::move(f)) {  // not an empty std::function
      function_ = [go_on = std::move(go_on)](const Report& report) {
        go_on(report);
        return true;
      };
    }
  }

  /// Whether training shall go on.
  bool operator()(const Report& report) const { return !function_ || function_(report); }

 private:
  std::function<bool(const Report&)> function_;
};

/// Several callbacks as one, made by `callbacks`.
template <class... Fs>
class Callbacks {
 public:
  explicit Callbacks(Fs... all) : all_(std::move(all)...) {}

  /// Calls each of them; whether all want to go on.
  template <class Report>
  requires(std::invocable<Fs&, const Report&> && ...)
  bool operator()(const Report& report) {
    bool all_go_on = true;
    detail::with_elements(all_, [&](Fs&... each) { ((all_go_on = detail::goes_on(each, report) && all_go_on), ...); });
    return all_go_on;
  }

 private:
  std::tuple<Fs...> all_;
};

/// Calls each of them with every report, in this order; false of any of them stops training.
///
/// @code{.cpp}
/// bijou::FitOptions options;
/// options.callback = bijou::callbacks(bijou::ProgressLine{}, [](const bijou::EpochReport& report) {
///   return report.seconds < 3600;
/// });
/// @endcode
template <class... Fs>
Callbacks<Fs...> callbacks(Fs... all) {
  return Callbacks<Fs...>{std::move(all)...};
}

}  // namespace bijou
