#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/flows/erased.hpp>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace bijou {

namespace detail {

/// A pullback in steps whose type is decided at run time; the object lies in the arena.
struct ErasedStepwisePullback {
  void* inside;
  void (*run_steps)(void* inside, int first, int last);
  void (*run_finish)(void* inside);

  void steps(int first, int last) const { run_steps(inside, first, last); }
  void finish() const { run_finish(inside); }
};

template <class T>
struct ConditionerInterface : ErasedInterface<ConditionerInterface<T>, T> {
  static constexpr const char* name = "AnyConditioner";
  virtual Index input_size() const = 0;
  virtual Index output_size() const = 0;
  virtual bool hides_inputs() const = 0;
  virtual int steps() const = 0;
  virtual void evaluate(ConditionerEvaluation<T, ErasedCache> e) const = 0;
  virtual void pullback(ConditionerPullback<T, ErasedCache> p) const = 0;
  virtual void start(ConditionerEvaluation<T, ErasedCache> e) const = 0;
  virtual void evaluate_steps(int first, int last, ConditionerEvaluation<T, ErasedCache> e) const = 0;
  virtual ErasedStepwisePullback start_pullback(ConditionerPullback<T, ErasedCache> p) const = 0;
};

template <class T, class C>
struct ConditionerModel final : ErasedModel<ConditionerModel<T, C>, ConditionerInterface<T>, C, T> {
  using Inside = typename C::Cache;
  using ErasedModel<ConditionerModel, ConditionerInterface<T>, C, T>::ErasedModel;

  Index input_size() const override { return this->object.input_size(); }
  Index output_size() const override { return this->object.output_size(); }
  bool hides_inputs() const override {
    if constexpr (requires(const C& c) { c.hides_inputs(); })
      return this->object.hides_inputs();
    else
      return says_autoregressive<C, true>();
  }
  int steps() const override {
    if constexpr (SequentialConditioner<C>)
      return static_cast<int>(this->object.steps());
    else
      return 0;
  }

  void evaluate(ConditionerEvaluation<T, ErasedCache> e) const override {
    e.cache.template start<Inside>(e.pass.arena);
    this->object.evaluate(inside(e));
  }
  void pullback(ConditionerPullback<T, ErasedCache> p) const override { this->object.pullback(inside(p)); }
  void start(ConditionerEvaluation<T, ErasedCache> e) const override {
    e.cache.template start<Inside>(e.pass.arena);
    if constexpr (SequentialConditioner<C>) this->object.start(inside(e));
  }
  void evaluate_steps(int first, int last, ConditionerEvaluation<T, ErasedCache> e) const override {
    if constexpr (SequentialConditioner<C>) this->object.evaluate_steps(first, last, inside(e));
  }
  ErasedStepwisePullback start_pullback(ConditionerPullback<T, ErasedCache> p) const override {
    if constexpr (SequentialConditioner<C>) {
      using Back = decltype(this->object.start_pullback(inside(p)));
      static_assert(std::is_trivially_destructible_v<Back>,
                    "AnyConditioner: what start_pullback returns lies in the "
                    "arena, so it needs a trivial destructor");
      void* const place = p.pass.arena.bytes(sizeof(Back));
      ::new (place) Back(this->object.start_pullback(inside(p)));
      return {place, [](void* back, int first, int last) { static_cast<Back*>(back)->steps(first, last); },
              [](void* back) { static_cast<Back*>(back)->finish(); }};
    } else {
      return {};
    }
  }

 private:
  static ConditionerEvaluation<T, Inside> inside(const ConditionerEvaluation<T, ErasedCache>& e) {
    return {e.input, e.output, e.cache.template get<Inside>(), e.pass};
  }
  static ConditionerPullback<T, Inside> inside(const ConditionerPullback<T, ErasedCache>& p) {
    return {p.output_gradient, p.input_gradient, p.parameter_gradient, p.cache.template get<Inside>(), p.pass};
  }
};

}  // namespace detail

/// Any conditioner of scalar T whose type is decided at run time, a value that is copied and moved like one, for
/// Coupling, Embed or, if the one inside is a SequentialConditioner, for Autoregressive. What it keeps for its pullback
/// lies in the arena; results have the bits of the conditioner inside.
///
/// T: float or double. A Coupling or an Autoregressive that it does not fit throws std::invalid_argument.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::AnyConditioner<float> wide = bijou::Made<float>{3, 2, {128, 128}, rng};
/// using Layer = bijou::Autoregressive<3, bijou::AffineTransformer<float>, bijou::AnyConditioner<float>>;
/// const Layer layer{bijou::AffineTransformer<float>{}, wide};
/// @endcode
template <class T>
class AnyConditioner : public detail::Erased<detail::ConditionerInterface<T>, T> {
 public:
  using Scalar = T;
  using Cache = detail::ErasedCache;
  static constexpr const char* name = detail::ConditionerInterface<T>::name;

  /// Holds any conditioner of the scalar T.
  template <class C>
  requires(!std::is_same_v<std::remove_cvref_t<C>, AnyConditioner> &&
           detail::HasPassesOfConditioner<std::remove_cvref_t<C>> &&
           std::is_same_v<typename std::remove_cvref_t<C>::Scalar, T>)
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint leaves copies to the copy constructor.
  AnyConditioner(C&& c)
      : detail::Erased<detail::ConditionerInterface<T>, T>(
            new detail::ConditionerModel<T, std::remove_cvref_t<C>>(std::forward<C>(c))) {
    detail::require_conditioner<std::remove_cvref_t<C>>();
  }

  /// The conditioner inside if it is a C, else nullptr.
  template <class C>
  const C* get_if() const {
    return this->template object_if<detail::ConditionerModel<T, C>>();
  }

  Index input_size() const { return this->model().input_size(); }
  Index output_size() const { return this->model().output_size(); }
  /// Whether no output sees all inputs, as of Made.
  bool hides_inputs() const { return this->model().hides_inputs(); }
  /// 0 for one that is no SequentialConditioner.
  int steps() const { return this->model().steps(); }

  void evaluate(ConditionerEvaluation<T, Cache> e) const { this->model().evaluate(e); }
  void pullback(ConditionerPullback<T, Cache> p) const { this->model().pullback(p); }
  void start(ConditionerEvaluation<T, Cache> e) const { this->model().start(e); }
  void evaluate_steps(int first, int last, ConditionerEvaluation<T, Cache> e) const {
    this->model().evaluate_steps(first, last, e);
  }
  detail::ErasedStepwisePullback start_pullback(ConditionerPullback<T, Cache> p) const {
    return this->model().start_pullback(p);
  }
};

}  // namespace bijou
