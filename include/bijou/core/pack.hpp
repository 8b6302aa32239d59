#pragma once

#include <bijou/core/language.hpp>
#include <cstddef>
#include <tuple>
#include <utility>

namespace bijou::detail {

template <std::size_t I, class T>
struct PackElement {
  T value;
};

template <class Places, class... Ts>
struct PackElements;

template <std::size_t... I, class... Ts>
struct PackElements<std::index_sequence<I...>, Ts...> : PackElement<I, Ts>... {
  /// f(elements...).
  template <class F>
  constexpr decltype(auto) apply(F&& f) const {
    return f(static_cast<const PackElement<I, Ts>&>(*this).value...);
  }

  template <std::size_t J>
  constexpr auto& get() {
    return at<J>(*this);
  }
  template <std::size_t J>
  constexpr const auto& get() const {
    return at<J>(*this);
  }

 private:
  template <std::size_t J, class T>
  static constexpr T& at(PackElement<J, T>& element) {
    return element.value;
  }
  template <std::size_t J, class T>
  static constexpr const T& at(const PackElement<J, T>& element) {
    return element.value;
  }
};

/// A tuple without the constructors of std::tuple, whose constraints take long to compile.
template <class... Ts>
struct Pack : PackElements<std::index_sequence_for<Ts...>, Ts...> {};

/// An element of such a pack or of a tuple.
template <std::size_t I, class U>
constexpr auto& element(U& elements) {
  if constexpr (requires { elements.template get<I>(); })
    return elements.template get<I>();
  else
    return std::get<I>(elements);
}

}  // namespace bijou::detail

// For structured bindings.
template <class... Ts>
struct std::tuple_size<bijou::detail::Pack<Ts...>> : std::integral_constant<std::size_t, sizeof...(Ts)> {};

template <std::size_t I, class... Ts>
struct std::tuple_element<I, bijou::detail::Pack<Ts...>> : std::tuple_element<I, std::tuple<Ts...>> {};
