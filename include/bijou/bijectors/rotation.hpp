#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/numerics/random.hpp>
#include <bijou/numerics/triangular.hpp>
#include <cmath>
#include <string>
#include <type_traits>

namespace bijou {

/// x = H_0 H_1 ... H_{K-1} z with Householder reflections H_k = 1 - 2 v_k v_k^T / |v_k|^2; log|det dx/dz| = 0. A
/// learned rotation for an even K; an odd K also mirrors. K = D (D - 1 for an odd D) reflections give every rotation.
/// Tomczak & Welling 2016, Improving Variational Auto-Encoders using Householder Flow, equation 9; nflows'
/// HouseholderSequence, in the other direction.
///
/// @f[ x = H_0 H_1 \cdots H_{K-1} z, \qquad H_k = 1 - \frac{2\, v_k v_k^T}{|v_k|^2} @f]
///
/// T: float or double. D: number of coordinates or Eigen::Dynamic. MostVectors: the greatest K, for a rotation that
/// takes nothing from the heap. The vectors v_k are drawn two by two alike, so that
/// it starts at the identity (up to rounding); only their directions matter. O(D K) for an event. A v_k of 0 reflects
/// nothing. Throws std::invalid_argument for vectors of another length than D or that are not finite.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Rotation<float, 3> rotation{rng};
/// const Eigen::Vector3f x = rotation.forward(Eigen::Vector3f(1.0f, 2.0f, 3.0f));
/// @endcode
template <class T, int D, int MostVectors = Eigen::Dynamic>
class Rotation : public BijectorCalls<Rotation<T, D, MostVectors>> {
 public:
  using Scalar = T;
  /// The vectors of the reflections, one in each column.
  using Vectors = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, detail::most_of_matrix(D),
                                detail::most_of_matrix(MostVectors)>;
  static constexpr int static_event_size = D;
  static constexpr const char* name = "Rotation";
  static constexpr const char* formula = "x = H_0 ... H_{K-1} z";
  static_assert(D == Eigen::Dynamic || D > 0, "Rotation: events need at least one row");

  template <UniformRandomBitGenerator Rng>
  requires(D != Eigen::Dynamic)
  explicit Rotation(Rng& rng) : Rotation(pairs(D, rng)) {}
  template <UniformRandomBitGenerator Rng>
  requires(D == Eigen::Dynamic)
  Rotation(Index event_size, Rng& rng) : Rotation(pairs(event_size, rng)) {}

  /// vectors: D x K, one reflection for each column.
  explicit Rotation(const Vectors& vectors) : vectors_(vectors) {
    detail::require_coordinates(name, vectors.rows());
    if (D != Eigen::Dynamic) detail::require_size(name, "vectors", D, vectors.rows());
    detail::require_parameters(name, *this);
  }

  std::string shape() const { return std::to_string(event_size()); }
  Index event_size() const { return vectors_.rows(); }
  /// The vectors of the reflections, D x count.
  const Vectors& vectors() const { return vectors_; }

  static constexpr auto members() { return Members{parameter("vectors", &Rotation::vectors_)}; }

  using BijectorCalls<Rotation>::forward;
  using BijectorCalls<Rotation>::inverse;

  void forward(Evaluation<T> e) const {
    reflect(e, [](Index step, Index count) { return count - 1 - step; });
  }
  void inverse(Evaluation<T> e) const {
    reflect(e, [](Index step, Index) { return step; });
  }
  // The reflections in the reverse order of the pass.
  void forward_pullback(Pullback<T> p) const {
    pull_back(p, [](Index step, Index) { return step; });
  }
  void inverse_pullback(Pullback<T> p) const {
    pull_back(p, [](Index step, Index count) { return count - 1 - step; });
  }

 private:
  using V = Simd<T>;

  /// A vector of length 1, and the length that it had; 0 for a vector of zeros.
  struct Direction {
    const T* unit;
    T length;
  };

  template <class Rng>
  static Vectors pairs(Index event_size, Rng& rng) {
    const Index size = detail::require_coordinates(name, event_size);
    Vectors vectors(size, size - size % 2);
    for (Index k = 0; k < vectors.cols(); k += 2) {
      for (Index i = 0; i < size; ++i) vectors(i, k) = static_cast<T>(normal(rng));
      vectors.col(k + 1) = vectors.col(k);
    }
    return vectors;
  }

  Direction direction(Index k, T* unit) const {
    const T largest = vectors_.col(k).cwiseAbs().maxCoeff();
    Eigen::Map<Eigen::Vector<T, Eigen::Dynamic>> w(unit, event_size());
    if (!(largest > T(0))) {
      w.setZero();
      return {unit, T(0)};
    }
    w = vectors_.col(k) / largest;  // first, so that no square overflows or vanishes
    const T norm = std::sqrt(w.squaredNorm());
    w /= norm;
    return {unit, norm * largest};
  }

  /// x - 2 w (w . x) in the place of x; w . x is written to products. Four packets at a time, so that no sum waits for
  /// itself.
  static void reflect(const T* w, Tile<T> x, Row<T> products) {
    const auto columns = [&]<int Packets>(Index first, std::integral_constant<int, Packets>) {
      V sums[Packets];
      for (V& sum : sums) sum = V(T(0));
      for (Index i = 0; i < x.rows(); ++i) {
        for (Index k = 0; k < Packets; ++k) sums[k] = multiply_add(V(w[i]), x.load(i, first + k * V::size), sums[k]);
      }
      for (Index k = 0; k < Packets; ++k) {
        products.store(first + k * V::size, sums[k]);
        sums[k] = V::of(-2) * sums[k];
      }
      for (Index i = 0; i < x.rows(); ++i) {
        for (Index k = 0; k < Packets; ++k) {
          const Index n = first + k * V::size;
          x.store(i, n, multiply_add(V(w[i]), sums[k], x.load(i, n)));
        }
      }
    };
    Index n = 0;
    for (; n + 4 * V::size <= x.cols(); n += 4 * V::size) columns(n, std::integral_constant<int, 4>{});
    for (; n < x.cols(); n += V::size) columns(n, std::integral_constant<int, 1>{});
  }

  template <class Order>
  void reflect(Evaluation<T>& e, Order order) const {
    const Arena::Frame frame(e.pass.arena);
    T* const unit = e.pass.arena.template zeros<T>(event_size()).data();
    const Row<T> products = e.pass.arena.template row<T>(e.input.cols());
    e.output = e.input;
    for (Index step = 0; step < vectors_.cols(); ++step) {
      reflect(direction(order(step, vectors_.cols()), unit).unit, e.output, products);
    }
  }

  // y = x - 2 w (w . x) gives dL/dx = g - 2 w (w . g) with g = dL/dy, and with a = w . x, b = w . g
  // dL/dv = (-2 sum_n (b x + a g) + 4 sum_n a b w) / |v|. x = H y and w . y = -a, so the pass is run back from its
  // output.
  template <class Order>
  void pull_back(Pullback<T>& p, Order order) const {
    const Arena::Frame frame(p.pass.arena);
    T* const unit = p.pass.arena.template zeros<T>(event_size()).data();
    Tile<T> x = detail::copy_of<T>(p.output, p.pass.arena);
    Tile<T> g = detail::copy_of<T>(p.output_gradient, p.pass.arena);
    const Row<T> a = p.pass.arena.template row<T>(p.input.cols());
    const Row<T> b = p.pass.arena.template row<T>(p.input.cols());
    auto [d_vectors] = gradients(*this, p);
    for (Index step = 0; step < vectors_.cols(); ++step) {
      const Index k = order(step, vectors_.cols());
      const Direction w = direction(k, unit);
      reflect(w.unit, x, a);  // a of the formula times -1
      reflect(w.unit, g, b);  // and dL/dx in the place of g = dL/dx + 2 b w
      if (p.parameter_gradient.size() == 0 || !(w.length > T(0))) continue;
      for (Index i = 0; i < x.rows(); ++i) {
        const T sum = detail::dot<T>(b, x.row(i)) - detail::dot<T>(a, g.row(i));
        d_vectors(i, k) -= T(2) * sum / w.length;
      }
    }
    p.input_gradient = g;
  }

  Vectors vectors_;
};

}  // namespace bijou
