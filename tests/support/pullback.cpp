#include "support/pullback.hpp"

#include "support/compared_entries.hpp"

namespace laws {
namespace {

Matrix<double> unit_of(Unit unit, const Matrix<double>& gradient) {
  const Matrix<double> size = gradient.cwiseAbs().cwiseMax(1.0);
  switch (unit) {
    case Unit::one:
      return Matrix<double>::Ones(gradient.rows(), gradient.cols());
    case Unit::entry:
      return size;
    case Unit::largest:
      return size.colwise().maxCoeff().replicate(size.rows(), 1);
  }
  throw std::logic_error("no unit");
}

}  // namespace

void check_pullback(const Losses& losses, const Arguments& at, const Arguments& gradients,
                    const PullbackOptions& options) {
  constexpr double tolerance = Tolerance<double>::gradient;
  REQUIRE(gradients.inputs.rows() == at.inputs.rows());
  REQUIRE(gradients.inputs.cols() == at.inputs.cols());
  REQUIRE(gradients.parameters.size() == at.parameters.size());
  Arguments moved = at;
  if (at.inputs.size() > 0) {
    INFO("gradient for the inputs");
    Matrix<double> numeric(at.inputs.rows(), at.inputs.cols());
    Matrix<double> error(at.inputs.rows(), at.inputs.cols());
    for (Index i = 0; i < at.inputs.rows(); ++i) {
      const auto loss = [&](double h) {
        moved.inputs.row(i) = at.inputs.row(i).array() + h;
        return losses(moved);
      };
      const Difference d = differentiate(loss, options.enough);
      moved.inputs.row(i) = at.inputs.row(i);
      numeric.row(i) = d.value.transpose();
      error.row(i) = d.error.transpose();
    }
    check_gradient(gradients.inputs, numeric, error, unit_of(options.unit, gradients.inputs), tolerance,
                   options.undecided);
  }
  if (at.parameters.size() == 0) return;
  INFO("gradient for the parameters");
  const std::vector<Index> entries = compared_entries(at.parameters.size());
  const auto count = static_cast<Index>(entries.size());
  Vector<double> numeric(count);
  Vector<double> error(count);
  for (Index i = 0; i < count; ++i) {
    const Index k = entries[static_cast<std::size_t>(i)];
    const auto loss = [&](double h) {
      moved.parameters(k) = at.parameters(k) + h;
      return Eigen::ArrayXd(Eigen::ArrayXd::Constant(1, losses(moved).sum()));
    };
    const Difference d = differentiate(loss, options.enough);
    moved.parameters(k) = at.parameters(k);
    numeric(i) = d.value(0);
    error(i) = d.error(0);
  }
  check_gradient(gradients.parameters(entries), numeric, error, unit_of(options.unit, gradients.parameters)(entries, 0),
                 tolerance, options.undecided);
}

}  // namespace laws
