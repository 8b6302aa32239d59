#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/tiles.hpp"

namespace laws {

enum class Direction { forward, inverse };

inline constexpr Direction directions[] = {Direction::forward, Direction::inverse};

inline const char* text(Direction direction) { return direction == Direction::forward ? "forward" : "inverse"; }

inline Direction opposite(Direction direction) {
  return direction == Direction::forward ? Direction::inverse : Direction::forward;
}

template <class T>
struct Values {
  Matrix<T> value;
  Vector<T> log_det;
};

template <class T>
struct Pulled {
  Matrix<T> input;
  Vector<T> parameters;
};

template <class B, class X, class T = typename X::Scalar>
Values<T> map(const B& b, Direction direction, const X& in) {
  const auto convert = [](const auto& result) -> Values<T> { return {result.value, result.log_det}; };
  return direction == Direction::forward ? convert(bijou::forward_and_log_det(b, in))
                                         : convert(bijou::inverse_and_log_det(b, in));
}

template <class B, class X, class W, class V, class T = typename X::Scalar>
Pulled<T> pull_back(const B& b, Direction direction, const X& in, const W& w, const V& v) {
  const auto convert = [](const auto& result) -> Pulled<T> { return {result.input, result.parameters}; };
  return direction == Direction::forward ? convert(bijou::forward_pullback(b, in, w, v))
                                         : convert(bijou::inverse_pullback(b, in, w, v));
}

/// A bijector behind an interface, so that the laws compile once for each scalar.
template <class T>
struct Subject {
  virtual ~Subject() = default;
  virtual std::string name() const = 0;
  virtual Index event_size() const = 0;

  virtual Values<T> map(Direction, const Matrix<T>& in) const = 0;
  virtual Pulled<T> pull_back(Direction, const Matrix<T>& in, const Matrix<T>& w, const Vector<T>& v) const = 0;
  /// One event as a vector of the size that the type knows at compile time.
  virtual Values<T> map_event(Direction, const Vector<T>& in) const = 0;
  virtual TilePass<T> run_tile(Direction, const Matrix<T>& in, const Matrix<T>& w, const Vector<T>& v,
                               const Start<T>& start, bijou::Arena& arena) const = 0;
  TilePass<T> run_tile(Direction direction, const Matrix<T>& in, const Matrix<T>& w, const Vector<T>& v,
                       const Start<T>& start) const {
    bijou::Arena arena;
    return run_tile(direction, in, w, v, start, arena);
  }

  virtual Index parameter_count() const = 0;
  virtual Vector<T> parameters() const = 0;
  virtual void set_parameters(const Vector<T>&) = 0;
  virtual void for_each_parameter(const std::function<void(const std::string&, const T*, Index)>& f) const = 0;

  virtual std::unique_ptr<Subject> copy() const = 0;
  virtual std::unique_ptr<Subject> move() = 0;
  virtual void assign_copy(const Subject&) = 0;
  virtual void assign_move(Subject&) = 0;
};

template <class T>
using Instance = std::unique_ptr<Subject<T>>;

template <class T, class B>
class SubjectOf final : public Subject<T> {
 public:
  static_assert(bijou::Bijector<B>);

  explicit SubjectOf(B b) : b_(std::move(b)) {}

  std::string name() const override { return std::string(bijou::detail::name_of<B>("bijector")); }
  Index event_size() const override { return bijou::event_size(b_); }

  Values<T> map(Direction direction, const Matrix<T>& in) const override { return laws::map(b_, direction, in); }

  Pulled<T> pull_back(Direction direction, const Matrix<T>& in, const Matrix<T>& w, const Vector<T>& v) const override {
    return laws::pull_back(b_, direction, in, w, v);
  }

  Values<T> map_event(Direction direction, const Vector<T>& in) const override {
    using Event = Eigen::Matrix<T, B::static_event_size, 1>;
    const Event event = in;
    const auto convert = [](const auto& result) -> Values<T> {
      static_assert(std::is_same_v<std::decay_t<decltype(result.value)>, Event>);
      static_assert(std::is_same_v<std::decay_t<decltype(result.log_det)>, T>);
      return {result.value, Vector<T>::Constant(1, result.log_det)};
    };
    return direction == Direction::forward ? convert(bijou::forward_and_log_det(b_, event))
                                           : convert(bijou::inverse_and_log_det(b_, event));
  }

  using Subject<T>::run_tile;
  TilePass<T> run_tile(Direction direction, const Matrix<T>& in, const Matrix<T>& w, const Vector<T>& v,
                       const Start<T>& start, bijou::Arena& arena) const override {
    return direction == Direction::forward ? laws::run_tile<bijou::detail::Forward>(b_, in, w, v, start, arena)
                                           : laws::run_tile<bijou::detail::Inverse>(b_, in, w, v, start, arena);
  }

  Index parameter_count() const override { return bijou::parameter_count(b_); }
  Vector<T> parameters() const override {
    Vector<T> p(parameter_count());
    bijou::copy_parameters(b_, p);
    return p;
  }
  void set_parameters(const Vector<T>& p) override { bijou::assign_parameters(b_, p); }
  void for_each_parameter(const std::function<void(const std::string&, const T*, Index)>& f) const override {
    bijou::detail::visit_parameters(
        b_, nullptr, [&](const bijou::detail::ParameterNumbers& numbers, const bijou::detail::Path& path) {
          f(path.text(), static_cast<const T*>(numbers.data), numbers.size);
        });
  }

  std::unique_ptr<Subject<T>> copy() const override { return Instance<T>(new SubjectOf(b_)); }
  std::unique_ptr<Subject<T>> move() override { return Instance<T>(new SubjectOf(std::move(b_))); }
  void assign_copy(const Subject<T>& other) override { b_ = dynamic_cast<const SubjectOf&>(other).b_; }
  void assign_move(Subject<T>& other) override { b_ = std::move(dynamic_cast<SubjectOf&>(other).b_); }

 private:
  B b_;
};

}  // namespace laws
