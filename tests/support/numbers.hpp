#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/members.hpp>
#include <bijou/core/parameters.hpp>
#include <bijou/numerics/random.hpp>
#include <random>
#include <vector>

/// The parameters of an object of any type.
namespace laws {

/// All numbers of an object's parameters, in double.
template <class B>
std::vector<double> parameters_of(const B& b) {
  std::vector<double> all;
  bijou::detail::visit_parameters(b, nullptr,
                                  [&](const bijou::detail::ParameterNumbers& numbers, const bijou::detail::Path&) {
                                    for (bijou::Index i = 0; i < numbers.size; ++i)
                                      all.push_back(numbers.number(numbers.data, i));
                                  });
  return all;
}

/// Adds 1 to all numbers of an object's parameters.
template <class B>
void add_one_to_parameters(B& b) {
  bijou::detail::visit_parameters(b, nullptr,
                                  [&](const bijou::detail::ParameterNumbers& numbers, const bijou::detail::Path&) {
                                    for (bijou::Index i = 0; i < numbers.size; ++i) {
                                      if (numbers.in_double)
                                        static_cast<double*>(numbers.data)[i] += 1;
                                      else
                                        static_cast<float*>(numbers.data)[i] += 1;
                                    }
                                  });
}

/// Adds normal numbers of this deviation to a matrix, column by column.
template <class T>
void add_normals_to(bijou::detail::BatchView<T> matrix, double deviation, std::mt19937_64& rng) {
  for (bijou::Index j = 0; j < matrix.cols(); ++j) {
    for (bijou::Index i = 0; i < matrix.rows(); ++i) matrix(i, j) += static_cast<T>(deviation * bijou::normal(rng));
  }
}

/// The same to an object's parameters.
template <class B>
void add_normals(B& b, double deviation, std::mt19937_64& rng) {
  bijou::for_each_parameter(
      b, [&](auto& parameter) { add_normals_to(bijou::detail::view_of(parameter), deviation, rng); });
}

}  // namespace laws
