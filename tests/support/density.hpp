#pragma once

#include <bijou/core/function_ref.hpp>
#include <bijou/distributions/calls_of.hpp>
#include <bijou/distributions/distribution_calls.hpp>
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace laws {

using bijou::Index;
using RealMatrix = Eigen::MatrixXd;
using RealVector = Eigen::VectorXd;

struct DensityPass {
  RealVector log_prob;
  RealMatrix input_gradient;
  RealVector gradient;
};

struct Draws {
  RealMatrix events;
  RealVector log_prob;
};

struct NllGradient {
  double nll;
  RealVector gradient;
};

/// A distribution behind an interface in double, whatever its scalar, so that the laws compile once. Numbers that go in
/// are rounded to the scalar. Where a workspace can be given, nullptr stands for none.
struct Density {
  virtual ~Density() = default;
  virtual std::string name() const = 0;
  virtual double epsilon() const = 0;
  virtual Index event_size() const = 0;

  virtual RealVector log_prob(const RealMatrix& x, bijou::Workspace* = nullptr) const = 0;
  /// One event as a vector of the size that the type knows at compile time.
  virtual double log_prob_of_event(const RealVector& x) const = 0;
  virtual RealMatrix sample(Index n, std::mt19937_64& rng, bijou::Workspace* = nullptr) const = 0;
  /// draw into columns first, ..., first + n - 1 of a matrix of zeros with `cols` columns.
  virtual RealMatrix draw_into(Index first, Index n, Index cols, std::mt19937_64& rng) const = 0;
  /// One evaluation and its pullback in a tile. The sums start at log_prob_start. Without a gradient_start nobody reads
  /// the gradient for the parameters.
  virtual DensityPass run_tile(const RealMatrix& x, const RealVector& weights, double log_prob_start,
                               std::optional<double> gradient_start) const = 0;

  virtual Index parameter_count() const = 0;
  virtual RealVector parameters() const = 0;
  virtual void assign_parameters(const RealVector&) = 0;

  virtual std::unique_ptr<Density> copy() const = 0;
  virtual std::unique_ptr<Density> move() = 0;
  virtual void assign_copy(const Density&) = 0;
  virtual void assign_move(Density&) = 0;
};

/// A distribution with the calls of DistributionCalls.
struct DensityWithCalls : Density {
  virtual RealMatrix score(const RealMatrix& x, bijou::Workspace*) const = 0;
  virtual RealVector score_of_event(const RealVector& x) const = 0;
  virtual double nll(const RealMatrix& x, bijou::Workspace*) const = 0;
  virtual NllGradient nll_gradient(const RealMatrix& x, bijou::Workspace*) const = 0;
  virtual Draws sample_with_log_prob(Index n, std::mt19937_64& rng, bijou::Workspace*) const = 0;
  virtual void set_parameters(const RealVector&) = 0;
};

template <class P>
concept HasCalls = requires(P& p, std::mt19937_64& rng) {
  p.set_parameters(p.parameters());
  p.sample_with_log_prob(1, rng);
};

/// Numbers of a scalar as those of the interface and back, compiled once for each scalar.
template <class T>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> from_real(const RealMatrix& m) {
  return m.cast<T>();
}
template <class T>
RealMatrix to_real(const Eigen::Ref<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>>& m) {
  return m.template cast<double>();
}

/// What a tile of D x N needs, with numbers in the lanes behind the last event that must change nothing.
template <class T>
bijou::Tile<T> padded_tile(const RealMatrix& m, bijou::Arena& arena) {
  const bijou::Tile<T> tile = arena.tile<T>(m.rows(), m.cols());
  for (Index i = 0; i < m.rows(); ++i) {
    T* row = tile.data() + i * tile.outerStride();
    std::fill(row, row + tile.outerStride(), T(0.25));
    for (Index n = 0; n < m.cols(); ++n) row[n] = static_cast<T>(m(i, n));
  }
  return tile;
}

/// One tile on its way through a density, and back.
template <class T>
struct DensityTile {
  bijou::Tile<T> in;
  bijou::Sums log_prob;
  bijou::Row<T> weight;
  bijou::Tile<T> in_gradient;
  bijou::ParameterGradient<T> gradient;
  bijou::Pass<T>& pass;
};

/// The log density of one tile, then its pullback, whatever makes them. Compiled once for each scalar.
template <class T>
DensityPass run_density_tile(const RealMatrix& x, const RealVector& weights, double log_prob_start,
                             std::optional<double> gradient_start, Index parameter_count,
                             bijou::detail::FunctionRef<void(const DensityTile<T>&)> log_prob,
                             bijou::detail::FunctionRef<void(const DensityTile<T>&)> pull_back) {
  bijou::Arena arena;
  bijou::Pass<T> pass{.arena = arena, .keep_for_pullback = true};
  const double untouched = 7;
  Eigen::Vector<T, Eigen::Dynamic> flat =
      Eigen::Vector<T, Eigen::Dynamic>::Constant(parameter_count, static_cast<T>(gradient_start.value_or(untouched)));
  const RealMatrix unwritten = RealMatrix::Constant(x.rows(), x.cols(), std::numeric_limits<double>::quiet_NaN());
  DensityTile<T> tile{padded_tile<T>(x, arena),
                      arena.sums(x.cols()),
                      padded_tile<T>(weights.transpose(), arena).row(0),
                      padded_tile<T>(unwritten, arena),
                      bijou::ParameterGradient<T>(flat.data(), gradient_start ? flat.size() : 0),
                      pass};
  tile.log_prob += log_prob_start;
  log_prob(tile);
  const RealVector value = tile.log_prob.matrix().transpose();
  pull_back(tile);
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  return {value, to_real<T>(Matrix(tile.in_gradient.matrix())), to_real<T>(flat)};
}

/// Base: Density or DensityWithCalls.
template <class Base, bijou::Distribution P>
class DensityOf : public Base {
 public:
  using T = typename P::Scalar;
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  using Event = Eigen::Matrix<T, P::static_event_size, 1>;

  explicit DensityOf(P p) : p_(std::move(p)) {}

  std::string name() const override { return std::string(bijou::detail::name_of<P>("distribution")); }
  double epsilon() const override { return static_cast<double>(std::numeric_limits<T>::epsilon()); }
  Index event_size() const override { return p_.event_size(); }

  // A type with the calls is taken at these, any other through the functions for all distributions.
  RealVector log_prob(const RealMatrix& x, bijou::Workspace* workspace = nullptr) const override {
    if constexpr (with_calls)
      return to_real<T>(p_.log_prob(from_real<T>(x), argument(workspace)));
    else
      return to_real<T>(bijou::log_prob(p_, from_real<T>(x), argument(workspace)));
  }
  double log_prob_of_event(const RealVector& x) const override {
    const Event event = from_real<T>(x);
    if constexpr (with_calls) {
      static_assert(std::is_same_v<decltype(p_.log_prob(event)), T>);
      return static_cast<double>(p_.log_prob(event));
    } else {
      static_assert(std::is_same_v<decltype(bijou::log_prob(p_, event)), T>);
      return static_cast<double>(bijou::log_prob(p_, event));
    }
  }
  RealMatrix sample(Index n, std::mt19937_64& rng, bijou::Workspace* workspace = nullptr) const override {
    if constexpr (with_calls) {
      return to_real<T>(p_.sample(n, rng, argument(workspace)));
    } else {
      const auto result = bijou::sample(p_, n, rng, argument(workspace));
      static_assert(std::is_same_v<decltype(result), const Eigen::Matrix<T, P::static_event_size, Eigen::Dynamic>>);
      return to_real<T>(result);
    }
  }
  RealMatrix draw_into(Index first, Index n, Index cols, std::mt19937_64& rng) const override {
    Matrix m = Matrix::Zero(bijou::detail::noise_size(p_), cols);
    p_.draw(Eigen::Ref<Matrix>(m.middleCols(first, n)), rng);
    return to_real<T>(m);
  }

  DensityPass run_tile(const RealMatrix& x, const RealVector& weights, double log_prob_start,
                       std::optional<double> gradient_start) const override {
    using Cache = bijou::detail::cache_t<P, T>;
    Cache cache{};
    return run_density_tile<T>(
        x, weights, log_prob_start, gradient_start, bijou::parameter_count(p_),
        [&](const DensityTile<T>& t) {
          p_.log_prob(bijou::DensityEvaluation<T, Cache>{t.in, t.log_prob, cache, t.pass});
        },
        [&](const DensityTile<T>& t) {
          p_.log_prob_pullback(
              bijou::DensityPullback<T, Cache>{t.in, t.weight, t.in_gradient, t.gradient, cache, t.pass});
        });
  }

  Index parameter_count() const override { return bijou::parameter_count(p_); }
  RealVector parameters() const override {
    Vector values(parameter_count());
    bijou::copy_parameters(p_, values);
    return to_real<T>(values);
  }
  void assign_parameters(const RealVector& values) override {
    bijou::assign_parameters(p_, Vector(from_real<T>(values)));
  }

  std::unique_ptr<Density> copy() const override {
    if constexpr (!with_calls) return std::unique_ptr<Density>(new DensityOf(p_));
    return nullptr;  // DensityWithCallsOf does it
  }
  std::unique_ptr<Density> move() override {
    if constexpr (!with_calls) return std::unique_ptr<Density>(new DensityOf(std::move(p_)));
    return nullptr;
  }
  void assign_copy(const Density& other) override { p_ = dynamic_cast<const DensityOf&>(other).p_; }
  void assign_move(Density& other) override { p_ = std::move(dynamic_cast<DensityOf&>(other).p_); }

 protected:
  static constexpr bool with_calls = std::is_same_v<Base, DensityWithCalls>;

  static bijou::WorkspaceArgument argument(bijou::Workspace* workspace) {
    return workspace ? bijou::WorkspaceArgument(*workspace) : bijou::WorkspaceArgument();
  }

  P p_;
};

template <HasCalls P>
class DensityWithCallsOf final : public DensityOf<DensityWithCalls, P> {
 public:
  using Base = DensityOf<DensityWithCalls, P>;
  using Base::Base;
  using typename Base::Event;
  using typename Base::T;
  using typename Base::Vector;

  RealMatrix score(const RealMatrix& x, bijou::Workspace* workspace) const override {
    return to_real<T>(p_.score(from_real<T>(x), argument(workspace)));
  }
  RealVector score_of_event(const RealVector& x) const override {
    const auto result = p_.score(Event(from_real<T>(x)));
    static_assert(std::is_same_v<decltype(result), const Event>);
    return to_real<T>(result);
  }
  double nll(const RealMatrix& x, bijou::Workspace* workspace) const override {
    return static_cast<double>(p_.nll(from_real<T>(x), argument(workspace)));
  }
  NllGradient nll_gradient(const RealMatrix& x, bijou::Workspace* workspace) const override {
    Vector gradient = Vector::Constant(p_.parameter_count(), T(5));  // overwritten
    const T nll = p_.nll_gradient(from_real<T>(x), gradient, argument(workspace));
    return {static_cast<double>(nll), to_real<T>(gradient)};
  }
  Draws sample_with_log_prob(Index n, std::mt19937_64& rng, bijou::Workspace* workspace) const override {
    const auto drawn = p_.sample_with_log_prob(n, rng, argument(workspace));
    return {to_real<T>(drawn.events), to_real<T>(drawn.log_prob)};
  }
  void set_parameters(const RealVector& values) override { p_.set_parameters(Vector(from_real<T>(values))); }

  std::unique_ptr<Density> copy() const override { return std::unique_ptr<Density>(new DensityWithCallsOf(p_)); }
  std::unique_ptr<Density> move() override { return std::unique_ptr<Density>(new DensityWithCallsOf(std::move(p_))); }

 private:
  using Base::argument;
  using Base::p_;
};

/// An instance for scalar T. make(T{}, rng) gives the distribution, with the same draws for either scalar.
template <class T, class Make>
auto make_density(const Make& make, std::uint64_t start) {
  std::mt19937_64 rng{start};
  auto p = make(T{}, rng);
  using P = decltype(p);
  static_assert(std::is_same_v<typename P::Scalar, T>);
  if constexpr (HasCalls<P>)
    return std::unique_ptr<DensityWithCalls>(new DensityWithCallsOf<P>(std::move(p)));
  else
    return std::unique_ptr<Density>(new DensityOf<Density, P>(std::move(p)));
}

}  // namespace laws
