// expect: not a Bijector: forward_pullback\(Pullback<Scalar> p\) const is missing
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>

// x = -z, of which the pullbacks are missing at first.
struct Negation {
  static constexpr int static_event_size = 2;
  static constexpr auto members() { return bijou::Members<>{}; }
  template <class T>
  void forward(bijou::Evaluation<T> e) const {
    e.output = -e.input;
  }
  template <class T>
  void inverse(bijou::Evaluation<T> e) const {
    e.output = -e.input;
  }
#ifndef BIJOU_EXPECT_ERROR
  template <class T>
  void forward_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = -p.output_gradient;
  }
  template <class T>
  void inverse_pullback(bijou::Pullback<T> p) const {
    p.input_gradient = -p.output_gradient;
  }
#endif
};

int main() {
  const bijou::Chain chain{Negation{}, bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  return chain.forward(Eigen::Vector2d(1, 2))(0) < 0 ? 0 : 1;
}
