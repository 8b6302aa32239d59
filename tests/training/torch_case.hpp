#pragma once

#include <bijou/core/tile.hpp>
#include <Eigen/Core>
#include <array>
#include <cstddef>

#include "support/catch.hpp"

// A short run whose results torch has computed. The numbers in the tests come from torch 2.15.0 on a CPU by
//
//   G = [[0.5, -1.0, 0.0, 2e-3], [0.25, -2.0, 1e-4, -3.0], [-1.5, 0.75, 0.0, 1e3], [0.1, 0.2, -1e-4, -4.0],
//        [2.0, -0.3, 1.0, 0.0]]
//   p = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
//   o = torch.optim.Adam([p], ...)  # or another, with the arguments that the test names
//   for lr, g in zip([0.1, 0.05, 0.1, 0.02, 0.1], G):
//       for group in o.param_groups: group["lr"] = lr
//       p.grad = torch.tensor(g, dtype=torch.float64)
//       o.step()
//       print(["%.17g" % v for v in p.tolist()])
namespace torch_case {

using Four = std::array<double, 4>;
using Run = std::array<Four, 5>;  // the parameters after each step

inline constexpr Four start = {1.0, -2.0, 0.5, 3.0};
inline constexpr std::array<double, 5> learning_rates = {0.1, 0.05, 0.1, 0.02, 0.1};
inline constexpr Run gradients = {{{0.5, -1.0, 0.0, 2e-3},
                                   {0.25, -2.0, 1e-4, -3.0},
                                   {-1.5, 0.75, 0.0, 1e3},
                                   {0.1, 0.2, -1e-4, -4.0},
                                   {2.0, -0.3, 1.0, 0.0}}};

/// The four numbers again and again, up to `size`.
template <class T>
Eigen::Vector<T, Eigen::Dynamic> repeated(const Four& four, bijou::Index size) {
  return Eigen::Vector<T, Eigen::Dynamic>::NullaryExpr(
      size, [&](bijou::Index i) { return static_cast<T>(four[static_cast<std::size_t>(i % 4)]); });
}

/// Takes the five steps, on vectors of several sizes.
template <class T, class O>
void check_run(const O& fresh, const Run& expected) {
  const double tolerance = sizeof(T) == 8 ? 1e-14 : 2e-6;
  for (const bijou::Index size : {4, 1, 7, 256, 1027}) {
    O optimizer = fresh;
    Eigen::Vector<T, Eigen::Dynamic> parameters = repeated<T>(start, size);
    for (std::size_t step = 0; step < expected.size(); ++step) {
      optimizer.step(parameters, repeated<T>(gradients[step], size), learning_rates[step]);
      const Eigen::VectorXd difference = parameters.template cast<double>() - repeated<double>(expected[step], size);
      INFO("size " << size << ", step " << step << ": "
                   << parameters.head(std::min<bijou::Index>(size, 4)).transpose());
      CHECK((difference.array().abs() <= tolerance * repeated<double>(expected[step], size).array().abs()).all());
    }
  }
}

}  // namespace torch_case
