#pragma once

#include <functional>
#include <memory>

#include "support/laws.hpp"

/// What every conditioner must satisfy: pullbacks against differences, float against double, columns on their own,
/// accumulation, stale memory. Takes a function as check_bijector does.
namespace laws {

/// A conditioner behind an interface, so that the laws compile once for each scalar.
template <class T>
struct ConditionerSubject {
  virtual ~ConditionerSubject() = default;
  virtual Index input_size() const = 0;
  virtual Index output_size() const = 0;
  virtual Index context_size() const = 0;
  virtual TilePass<T> run(const Matrix<T>& in, const Matrix<T>& w, const Start<T>& start,
                          bijou::Arena& arena) const = 0;
  virtual Vector<T> parameters() const = 0;
  virtual void set_parameters(const Vector<T>&) = 0;
  virtual std::unique_ptr<ConditionerSubject> copy() const = 0;

  TilePass<T> run(const Matrix<T>& in, const Matrix<T>& w, const Start<T>& start = {}) const {
    bijou::Arena arena;
    return run(in, w, start, arena);
  }
  /// A pass without a pullback.
  Matrix<T> evaluate(const Matrix<T>& in, const Matrix<T>& context) const {
    Start<T> start;
    start.context = context;
    start.pullback = false;
    return run(in, Matrix<T>(), start).value;
  }
};

template <class C, class T = typename C::Scalar>
class ConditionerSubjectOf final : public ConditionerSubject<T> {
 public:
  static_assert(bijou::Conditioner<C>);

  explicit ConditionerSubjectOf(C c) : c_(std::move(c)) {}
  Index input_size() const override { return c_.input_size(); }
  Index output_size() const override { return c_.output_size(); }
  Index context_size() const override { return c_.context_size(); }
  using ConditionerSubject<T>::run;
  TilePass<T> run(const Matrix<T>& in, const Matrix<T>& w, const Start<T>& start, bijou::Arena& arena) const override {
    return run_conditioner(c_, in, w, start, arena);
  }
  Vector<T> parameters() const override {
    Vector<T> p(bijou::parameter_count(c_));
    bijou::copy_parameters(c_, p);
    return p;
  }
  void set_parameters(const Vector<T>& p) override { bijou::assign_parameters(c_, p); }
  std::unique_ptr<ConditionerSubject<T>> copy() const override {
    return std::unique_ptr<ConditionerSubject<T>>(new ConditionerSubjectOf(c_));
  }

 private:
  C c_;
};

void check_conditioner_laws(const ConditionerSubject<double>& in_double, const ConditionerSubject<float>& in_float,
                            bool kinks);

template <class Make>
void check_conditioner(const Make& make, bool kinks = false) {
  std::mt19937_64 rng{seed};
  std::mt19937_64 again{seed};
  check_conditioner_laws(ConditionerSubjectOf(make(double{}, rng)), ConditionerSubjectOf(make(float{}, again)), kinks);
}

/// All results of a pass one below the other, a column for each event, without what sums over events.
template <class T>
Matrix<double> per_event(const TilePass<T>& pass) {
  const Index n = pass.value.cols();
  Matrix<double> all(pass.value.rows() + pass.input_gradient.rows() + pass.context_gradient.rows(), n);
  if (n == 0) return all;
  all.topRows(pass.value.rows()) = pass.value.template cast<double>();
  all.middleRows(pass.value.rows(), pass.input_gradient.rows()) = pass.input_gradient.template cast<double>();
  if (pass.context_gradient.rows() > 0) {
    all.bottomRows(pass.context_gradient.rows()) = pass.context_gradient.template cast<double>();
  }
  return all;
}

/// Which inputs are there before a step, and which output gradients before their step of the pullback.
enum class Given { all, by_coordinate };

/// Step by step gives what all at once gives, the values to the last bit. By coordinate: input i appears after step i,
/// and before that it is NaN, as are output gradients.
template <class C, class T = typename C::Scalar>
void check_steps(const C& c, int steps, Given given, Index events) {
  static_assert(bijou::SequentialConditioner<C>);
  INFO(events << " events");
  using Cache = typename C::Cache;
  std::mt19937_64 rng{seed};
  const Matrix<T> x = normals<T>(c.input_size(), events, rng);
  const Matrix<T> w = normals<T>(c.output_size(), events, rng);
  Start<T> start;
  start.context = normals<T>(c.context_size(), events, rng);
  const TilePass<T> expected = evaluate_and_pull_back(c, x, w, start);

  bijou::Arena arena;
  Surroundings<T> around(start, bijou::parameter_count(c), arena);
  Cache cache{};
  bijou::Tile<T> in = given == Given::all ? tile_of(x, arena) : empty_tile<T>(x.rows(), events, arena);
  const bijou::Tile<T> out = empty_tile<T>(c.output_size(), events, arena);
  const bijou::ConditionerEvaluation<T, Cache> e{in, out, cache, around.pass};
  c.start(e);
  for (int i = 0; i < steps; ++i) {
    c.evaluate_steps(i, i + 1, e);
    if (given == Given::by_coordinate) in.row(i) = x.row(i).array();
  }
  check_same_bits(out.matrix(), expected.value);

  const Index outputs = c.output_size() / steps;
  bijou::Tile<T> out_gradient = given == Given::all ? tile_of(w, arena) : empty_tile<T>(w.rows(), events, arena);
  const bijou::Tile<T> in_gradient = empty_tile<T>(x.rows(), events, arena);
  auto back = c.start_pullback(
      bijou::ConditionerPullback<T, Cache>{out_gradient, in_gradient, around.flat, cache, around.pass});
  for (int i = steps - 1; i >= 0; --i) {
    if (given == Given::by_coordinate) {
      out_gradient.slice(i * outputs, outputs) = w.middleRows(i * outputs, outputs).array();
    }
    back.steps(i, i + 1);
  }
  back.finish();
  // Steps group the rows of a product in other blocks, whose sums over outputs start elsewhere.
  constexpr double rounding = Tolerance<T>::rounding;
  check_close(in_gradient.matrix(), expected.input_gradient, rounding);
  check_close(around.gradient, expected.gradient, 10 * rounding);
  check_close(around.context_gradient.matrix(), expected.context_gradient, rounding);
}

/// Puts a value where a network has no weights.
template <class N, class T>
void fill_outside(N& network, T value) {
  std::size_t l = 0;
  bijou::for_each_parameter(network, [&]<class M>(M& member) {
    if constexpr (!bool(M::IsVectorAtCompileTime)) {
      for (Index r = 0; r < member.rows(); ++r) {
        member.row(r).tail(member.cols() - network.layers()[l].visible(r)).setConstant(value);
      }
      ++l;
    }
  });
}

/// What stands behind the staircase of a weight is neither read nor written.
template <class C, class T = typename C::Scalar>
void check_outside(const C& c, const Matrix<T>& in, const Matrix<T>& context = {}) {
  INFO("outside of the staircase");
  std::mt19937_64 rng{seed + 3};
  const Matrix<T> w = normals<T>(c.output_size(), in.cols(), rng);
  Start<T> start;
  start.context = context;
  start.gradient = Vector<T>::Constant(bijou::parameter_count(c), T(0.375));
  C spoilt = c;
  fill_outside(spoilt, std::numeric_limits<T>::quiet_NaN());
  const TilePass<T> expected = evaluate_and_pull_back(c, in, w, start);
  const TilePass<T> actual = evaluate_and_pull_back(spoilt, in, w, start);
  check_same_bits(per_event(actual), per_event(expected));
  check_same_bits(actual.gradient, expected.gradient);
  const Matrix<T> event = in.col(0);
  const Matrix<T> side = context.leftCols(std::min<Index>(context.cols(), 1));
  check_same_bits(evaluate(spoilt, event, side), evaluate(c, event, side));
  const T* at = actual.gradient.data();
  for (const auto& layer : c.layers()) {
    for (Index r = 0; r < layer.rows(); ++r, at += layer.columns()) {
      for (Index k = layer.visible(r); k < layer.columns(); ++k) {
        CHECK(at[k] == T(0.375));
        CHECK(layer.weight()(r, k) == T(0));
      }
    }
    at += layer.bias().size();
  }
}

}  // namespace laws
