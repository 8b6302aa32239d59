#pragma once

#include <bijou/core/in_memory.hpp>
#include <bijou/core/workspace.hpp>
#include <Eigen/Core>
#include <type_traits>

namespace bijou::detail {

/// Fills the columns of x, any writable expression, with what p draws.
template <class P, class X, class Rng>
void draw_into(const P& p, X& x, Rng& rng, Workspace& workspace) {
  using Matrix = Eigen::Matrix<typename P::Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  if constexpr (has_contiguous_columns<X> && !std::is_const_v<X>) {
    p.draw(Eigen::Ref<Matrix>(x), rng);
  } else {
    Arena& arena = WorkspaceAccess::arena(workspace, 0);
    const Arena::Frame frame(arena);
    Eigen::Map<Matrix> columns(arena.template zeros<typename P::Scalar>(x.rows() * x.cols()).data(), x.rows(),
                               x.cols());
    p.draw(Eigen::Ref<Matrix>(columns), rng);
    for (Index n = 0; n < x.cols(); ++n) {
      for (Index i = 0; i < x.rows(); ++i) x.coeffRef(i, n) = columns(i, n);
    }
  }
}

}  // namespace bijou::detail
