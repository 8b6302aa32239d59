#include "support/laws.hpp"

#include <set>

#include "support/law_parts.hpp"

namespace laws {
namespace {

/// Columns of zeros, of equal numbers, of the largest numbers, and with one of them.
template <class T>
Matrix<T> nasty_events(Index rows, T largest) {
  Matrix<T> m = Matrix<T>::Zero(rows, 6);
  m.col(1).setConstant(T(0.75));
  m.col(2).setConstant(-largest);
  for (Index i = 0; i < rows; ++i) m(i, 3) = i % 2 == 0 ? largest : -largest;
  m(0, 4) = largest;
  m(rows - 1, 5) = -largest;
  return m;
}

/// A copy has parameters of its own.
template <class T>
void check_copies(const Subject<T>& b, const Matrix<T>& in) {
  INFO("copies");
  const auto check = [&](const Subject<T>& other) {
    for (const Direction direction : directions) check_same_values(other.map(direction, in), b.map(direction, in));
  };
  const Values<T> before = b.map(Direction::forward, in);
  const Values<T> before_back = b.map(Direction::inverse, in);
  const Instance<T> first = b.copy();
  const Instance<T> second = first->copy();
  check(*second);
  // Times different numbers: a map may depend on the directions of its parameters alone.
  const Vector<T> factors = Vector<T>::LinSpaced(b.parameter_count(), T(1.5), T(1.25));
  first->set_parameters(b.parameters().cwiseProduct(factors));
  check_same_values(b.map(Direction::forward, in), before);
  check_same_values(b.map(Direction::inverse, in), before_back);
  check(*second);
  if (b.parameter_count() > 0) CHECK(first->map(Direction::forward, in).value != before.value);
  const Instance<T> moved = b.copy()->move();
  check(*moved);
  first->assign_copy(*second);
  check(*first);
  second->set_parameters(b.parameters().cwiseProduct(factors));
  check(*first);
  second->assign_move(*first);
  check(*second);
}

/// Count, order, names and round trip of the parameters.
template <class T>
void check_parameters(const Subject<T>& b) {
  INFO("parameters");
  std::set<std::string> names;
  std::size_t entries = 0;
  std::vector<T> in_order;
  b.for_each_parameter([&](const std::string& name, const T* data, Index size) {
    names.insert(name);
    ++entries;
    CHECK_FALSE(name.empty());
    in_order.insert(in_order.end(), data, data + size);
  });
  CHECK(names.size() == entries);
  REQUIRE(b.parameter_count() == static_cast<Index>(in_order.size()));
  const Vector<T> p = b.parameters();
  CHECK(std::equal(in_order.begin(), in_order.end(), p.data()));
  const Vector<T> other = Vector<T>::LinSpaced(p.size(), T(1), T(2));
  const Instance<T> copy = b.copy();
  copy->set_parameters(other);
  CHECK(copy->parameters() == other);
  CHECK(b.parameters() == p);
}

template <class T>
void check_laws_of_scalar(const InstanceMaker<T>& make, const InstanceMaker<double>& in_double,
                          const Options& options) {
  INFO((std::is_same_v<T, double> ? "double" : "float") << ", seed " << seed);
  std::mt19937_64 rng{seed + 7};
  const Instance<T> b = make(1);
  const Index rows = b->event_size() == bijou::any_size ? options.rows : b->event_size();
  const Matrix<T> few = normals<T>(rows, 6, rng);
  const Matrix<T> many = normals<T>(rows, 300, rng);
  for (const double factor : options.factors) {
    INFO("parameters times " << factor);
    const Instance<T> at = make(factor);
    for (const Direction direction : directions) {
      for (const Matrix<T>& in : {few, nasty_events<T>(rows, static_cast<T>(options.largest))}) {
        check_round_trip(*at, direction, in);
        if constexpr (std::is_same_v<T, double>) {
          // Parameters that small put kinks so near that no difference resolves them, unless events are moderate.
          if (options.kinks && factor > 0 && factor < 1 && in.cwiseAbs().maxCoeff() > 10) continue;
          check_gradients(*at, direction, in, options.kinks || factor > 1 ? 0.02 : 0.0);
        } else {
          const Instance<double> exact = in_double(1);
          exact->set_parameters(at->parameters().template cast<double>());
          check_against_double(*at, *exact, direction, in);
        }
      }
      if (factor <= 1) check_log_det(*at, direction, few);
    }
  }
  for (const Direction direction : directions) {
    check_sizes(*b, direction, many);
    check_bad_columns<T>(*b, direction, many.leftCols(140));
    check_accumulation(*b, direction, few);
    check_stale_memory(*b, direction, many);
  }
  check_copies(*b, few);
  check_refusals(*b, rows);
  check_parameters(*b);
}

}  // namespace

void check_laws(const InstanceMaker<double>& in_double, const InstanceMaker<float>& in_float, const Options& options) {
  check_laws_of_scalar<double>(in_double, in_double, options);
  check_laws_of_scalar<float>(in_float, in_double, options);
}

}  // namespace laws
