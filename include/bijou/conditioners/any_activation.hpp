#pragma once

#include <bijou/conditioners/activations.hpp>
#include <bijou/core/policy_name.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace bijou::detail {

/// One of the activations of this library, decided at run time: one network is compiled for all of them.
class AnyActivation {
 public:
  bool derivative_needs_input = false;

  /// Nothing for a name that is of none.
  static std::optional<AnyActivation> of_name(std::string_view name) {
    std::optional<AnyActivation> found;
    for_each([&]<class A>(A, int index) {
      if (bijou::policy_name<A> == name) found = AnyActivation(index, A::derivative_needs_input, bijou::policy_name<A>);
    });
    return found;
  }
  static std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    for_each([&]<class A>(A, int) { all.push_back(bijou::policy_name<A>); });
    return all;
  }

  std::string_view policy_name() const { return name_; }

  /// f(the activation).
  template <class F>
  void visit(F&& f) const {
    for_each([&]<class A>(A activation, int index) {
      if (index == index_) f(activation);
    });
  }

 private:
  using All = std::tuple<activations::Relu, activations::LeakyRelu, activations::Tanh, activations::Sigmoid,
                         activations::Elu, activations::Softplus, activations::Silu, activations::Gelu>;

  AnyActivation(int index, bool needs_input, std::string_view name)
      : derivative_needs_input(needs_input), index_(index), name_(name) {}

  template <class F>
  static void for_each(F f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::tuple_element_t<I, All>{}, static_cast<int>(I)), ...);
    }(std::make_index_sequence<std::tuple_size_v<All>>{});
  }

  int index_;
  std::string_view name_;
};

/// f(the activation), of whatever type it is.
template <class A, class F>
void with_activation(const A& activation, F f) {
  if constexpr (requires { activation.visit(f); })
    activation.visit(f);
  else
    f(activation);
}

}  // namespace bijou::detail
