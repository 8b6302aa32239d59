#pragma once

#include <bijou/bijou.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "io/known.hpp"
#include "support/catch.hpp"
#include "support/law_types.hpp"

/// What load<T> makes of the file of a flow is that flow, bit for bit.
namespace same_flow {

using namespace bijou;

/// The architecture without the shapes, of which Reverse<2> and Reverse<Eigen::Dynamic> have different ones.
inline detail::Json without_shapes(detail::Json node) {
  if (node.is_object()) node.erase("shape");
  for (auto& part : node) {
    if (part.is_structured()) part = without_shapes(part);
  }
  return node;
}

inline void check_same_file(const std::filesystem::path& path, const std::filesystem::path& other_path) {
  const SafetensorsFile file(path), other(other_path);
  CHECK(file.metadata().at("type") == other.metadata().at("type"));
  CHECK(without_shapes(detail::architecture_in(file)) == without_shapes(detail::architecture_in(other)));
  REQUIRE(file.tensors().size() == other.tensors().size());
  for (std::size_t i = 0; i < file.tensors().size(); ++i) {
    const Tensor& a = file.tensors()[i];
    const Tensor& b = other.tensors()[i];
    CHECK(a.name == b.name);
    CHECK(a.type == b.type);
    REQUIRE(a.shape == b.shape);
    CHECK(std::memcmp(a.bytes, b.bytes, static_cast<std::size_t>(a.count()) * size_of(a.type)) == 0);
  }
}

/// Whether two vectors are the same bits; NaN is equal to itself then.
template <class T>
bool same_bits(const Eigen::Vector<T, Eigen::Dynamic>& a, const Eigen::Vector<T, Eigen::Dynamic>& b) {
  if (a.size() != b.size()) return false;
  return a.size() == 0 || std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(T)) == 0;
}

template <class T, class P>
void check_same_density(const P& a, const P& b, const Eigen::MatrixX<T>& x) {
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  CHECK(same_bits<T>(a.log_prob(x), b.log_prob(x)));
  const Vector event = x.col(0);
  CHECK(same_bits<T>(Vector::Constant(1, a.log_prob(event)), Vector::Constant(1, b.log_prob(event))));
  std::mt19937_64 rng{1}, equal_rng{1};
  CHECK(a.sample(300, rng) == b.sample(300, equal_rng));
}

/// A flow that was saved and the one that load makes of the file give the same bits; saved again the file is the same.
template <class T>
void check_same(const AnyFlow<T>& saved) {
  const TemporaryFolder folder;
  save(saved, folder / "a");
  const AnyFlow<T> loaded = load<T>(folder / "a");
  REQUIRE(loaded.event_size() == saved.event_size());
  REQUIRE(loaded.context_size() == saved.context_size());
  CHECK(loaded.is_initialized() == saved.is_initialized());
  CHECK(loaded.parameters() == saved.parameters());
  const Eigen::MatrixX<T> x = T(3) * Eigen::MatrixX<T>::Random(saved.event_size(), 300);
  if (loaded.context_size() == 0) {
    check_same_density<T>(loaded, saved, x);
    Eigen::Vector<T, Eigen::Dynamic> gradient(loaded.parameter_count()), expected(loaded.parameter_count());
    loaded.nll_gradient(x, gradient);
    saved.nll_gradient(x, expected);
    CHECK(same_bits<T>(gradient, expected));
  } else {
    const Eigen::MatrixX<T> one = Eigen::MatrixX<T>::Random(loaded.context_size(), 1);
    check_same_density<T>(loaded.given(one), saved.given(one), x);
    const Eigen::MatrixX<T> contexts = Eigen::MatrixX<T>::Random(loaded.context_size(), 300);
    CHECK(same_bits<T>(loaded.given(contexts).log_prob(x), saved.given(contexts).log_prob(x)));
  }
  save(loaded, folder / "b");
  check_same_file(folder / "a", folder / "b");
}

/// The same with numbers added to all parameters, so that nothing is the identity, for types that join the laws.
template <class T, class Flow>
void check_scattered([[maybe_unused]] const Flow& made) {
  if constexpr (laws::joins<Flow>) {
    AnyFlow<T> flow = made;
    std::mt19937_64 rng{1};
    Eigen::Vector<T, Eigen::Dynamic> parameters = flow.parameters();
    for (T& number : parameters) number += static_cast<T>(0.2 * normal(rng));
    flow.set_parameters(parameters);
    check_same(flow);
  }
}

}  // namespace same_flow
