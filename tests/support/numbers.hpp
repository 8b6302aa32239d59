#pragma once

#include <bijou/core/parameters.hpp>
#include <bijou/numerics/random.hpp>
#include <random>
#include <vector>

/// The parameters of an object of any type, by functions that are compiled once for all types.
namespace laws {

/// All numbers of an object's parameters, in double.
template <class B>
std::vector<double> parameters_of(const B& b) {
  std::vector<double> all;
  bijou::detail::visit_parameters_of(b,
                                     [&](const bijou::detail::ParameterNumbers& numbers, const bijou::detail::Path&) {
                                       for (bijou::Index i = 0; i < numbers.size; ++i)
                                         all.push_back(numbers.number(numbers.data, i));
                                     });
  return all;
}

/// Adds term() to each number of one parameter, in the scalar of that.
inline void add_to(const bijou::detail::ParameterNumbers& numbers, bijou::detail::FunctionRef<double()> term) {
  for (bijou::Index i = 0; i < numbers.size; ++i) {
    if (numbers.in_double)
      static_cast<double*>(numbers.data)[i] += term();
    else
      static_cast<float*>(numbers.data)[i] += static_cast<float>(term());
  }
}

/// The same to all numbers of an object's parameters.
template <class B>
void add_to_parameters(B& b, bijou::detail::FunctionRef<double()> term) {
  bijou::detail::visit_parameters_of(
      b, [&](const bijou::detail::ParameterNumbers& numbers, const bijou::detail::Path&) { add_to(numbers, term); });
}

/// Adds normal numbers of this deviation to an object's parameters.
template <class B>
void add_normals(B& b, double deviation, std::mt19937_64& rng) {
  add_to_parameters(b, [&] { return deviation * bijou::normal(rng); });
}

}  // namespace laws
