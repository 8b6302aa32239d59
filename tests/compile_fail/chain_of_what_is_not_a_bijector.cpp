// expect: Chain: a member is not a Bijector
#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>

// x = -z, of which the pullbacks are missing at first.
struct Negation {
  static constexpr int static_event_size = 2;
  template <class T>
  void forward(bijou::ConstTile<T> z, bijou::Tile<T> x, bijou::Row<T>) const {
    x = -z;
  }
  template <class T>
  void inverse(bijou::ConstTile<T> x, bijou::Tile<T> z, bijou::Row<T>) const {
    z = -x;
  }
#ifndef BIJOU_EXPECT_ERROR
  template <class T>
  void forward_pullback(bijou::ConstTile<T>, bijou::ConstTile<T>, bijou::ConstTile<T> x_gradient, bijou::ConstRow<T>,
                        bijou::Tile<T> z_gradient, bijou::ParameterGradient<T>) const {
    z_gradient = -x_gradient;
  }
  template <class T>
  void inverse_pullback(bijou::ConstTile<T>, bijou::ConstTile<T>, bijou::ConstTile<T> z_gradient, bijou::ConstRow<T>,
                        bijou::Tile<T> x_gradient, bijou::ParameterGradient<T>) const {
    x_gradient = -z_gradient;
  }
#endif
};

int main() {
  const bijou::Chain chain{Negation{}, bijou::Affine<double, 2>{{0, 0}, {1, 1}}};
  return chain.forward(Eigen::Vector2d(1, 2))(0) < 0 ? 0 : 1;
}
