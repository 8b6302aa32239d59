#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/numerics/finite.hpp>
#include <bijou/training/fit_options.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bijou {

/// Parameters and what a simulator made of them, column by column.
///
/// T: float or double. C, D: numbers of rows or Eigen::Dynamic.
template <class T, int C = Eigen::Dynamic, int D = Eigen::Dynamic>
struct Simulations {
  Eigen::Matrix<T, C, Eigen::Dynamic> theta;  // C x N
  Eigen::Matrix<T, D, Eigen::Dynamic> x;      // D x N
};

/// What happens to simulations with NaN or infinity. A posterior q(theta | x) may do without them: none of them is the
/// observation. A likelihood q(x | theta) without them is that of x given that the simulator succeeds, and where it
/// often fails the posterior is too large.
enum class InvalidSimulations {
  refuse,
  drop,
};

/// How so many simulations are fitted, unless told otherwise: Adam with a learning rate of 5e-4, gradients clipped at
/// 5, and the parameters of the lowest loss on a tenth of the simulations, once 20 epochs have found no lower one
/// (Papamakarios, Sterratt & Murray 2019, section 5.1; sbi 0.27), in batches of a twentieth of the simulations, 50 to
/// 200. Where 20 epochs are less than 1000 steps, as many epochs as these: with fewer, training on 1000 simulations of
/// two moons often ended on a plateau. In a single round a spline flow gains by a learning rate that falls,
/// `.epochs = 100, .learning_rate = 1e-3, .schedule = CosineSchedule{}`, without patience; in later ones it would
/// forget what it has learned.
inline FitOptions simulation_fit_options(Index simulations) {
  const Index batch_size = std::clamp<Index>(simulations / 20, 50, 200);
  const Index steps = (std::max)(simulations / batch_size, Index{1});  // of an epoch, about
  return {.epochs = 2000,
          .batch_size = batch_size,
          .learning_rate = 5e-4,
          .clip_norm = 5,
          .validation_fraction = 0.1,
          .patience = (std::max)(Index{20}, 1000 / steps)};
}

namespace detail {

/// The simulations of all rounds so far, valid ones.
template <class T, int C, int D>
class SimulationStore {
 public:
  SimulationStore(Index theta_rows, Index x_rows) {
    all_.theta.resize(theta_rows, 0);
    all_.x.resize(x_rows, 0);
  }

  const Simulations<T, C, D>& all() const { return all_; }
  Index count() const { return all_.x.cols(); }
  Index dropped() const { return dropped_; }

  /// why: the end of the message that refuses.
  template <class Theta, class X>
  void append(std::string_view caller, const Eigen::MatrixBase<Theta>& theta, const Eigen::MatrixBase<X>& x,
              InvalidSimulations invalid, std::string_view why) {
    static_assert(std::is_same_v<typename Theta::Scalar, T> && std::is_same_v<typename X::Scalar, T>,
                  "append: theta and x must have the scalar of flow and prior, float or double");
    require_size(caller, "rows of theta", all_.theta.rows(), theta.rows());
    require_size(caller, "rows of x", all_.x.rows(), x.rows());
    require_size(caller, "columns of x, one for each theta,", theta.cols(), x.cols());
    const Eigen::Matrix<T, D, Eigen::Dynamic> new_x = x;
    const Eigen::Matrix<T, C, Eigen::Dynamic> new_theta = theta;
    std::vector<Index> kept;
    for (Index n = 0; n < new_x.cols(); ++n) {
      if (!all_finite(new_theta.col(n).data(), new_theta.rows()))
        throw_invalid_argument(caller, "theta in column ", n, " is not finite");
      if (all_finite(new_x.col(n).data(), new_x.rows())) kept.push_back(n);
    }
    const auto valid = static_cast<Index>(kept.size());
    const Index bad = new_x.cols() - valid;
    if (bad > 0 && invalid == InvalidSimulations::refuse)
      throw_invalid_argument(caller, bad, " of ", new_x.cols(), " simulations are NaN or infinite", why);
    const Index before = count();
    all_.theta.conservativeResize(Eigen::NoChange, before + valid);
    all_.x.conservativeResize(Eigen::NoChange, before + valid);
    for (Index k = 0; k < valid; ++k) {
      all_.theta.col(before + k) = new_theta.col(kept[static_cast<std::size_t>(k)]);
      all_.x.col(before + k) = new_x.col(kept[static_cast<std::size_t>(k)]);
    }
    dropped_ += bad;
  }

  /// Refuses to fit what no density has: a component of x that never changes.
  void require_varied(std::string_view caller) const {
    if (count() < 2) {
      const std::string others = dropped_ == 0 ? "" : joined({"; ", dropped_, " with NaN or infinity were left out"});
      throw_invalid_argument(caller, "expected at least 2 simulations to train with, got ", count(), others);
    }
    for (Index i = 0; i < all_.x.rows(); ++i) {
      if (all_.x.row(i).minCoeff() < all_.x.row(i).maxCoeff()) continue;
      throw_invalid_argument(caller, "component ", i, " of x is ", all_.x(i, 0),
                             " in all simulations: leave it out of x, it says nothing about theta");
    }
  }

 private:
  Simulations<T, C, D> all_;
  Index dropped_ = 0;
};

}  // namespace detail
}  // namespace bijou
