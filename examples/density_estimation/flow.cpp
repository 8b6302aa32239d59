#include "flow.hpp"

#include <bijou/bijectors/box.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/elementwise_formulas.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/standardize.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cmath>
#include <limits>

#include "input_error.hpp"

namespace {

constexpr int any = Eigen::Dynamic;

/// Standardized numbers far from 0 are drawn nearer: x = sinh(t (asinh z + s)) with t and s trained for each
/// coordinate. So one outlier among rows that were not trained with costs some tens of nats, not thousands.
Flow with_tails(Flow flow, const EventShape& shape, double tails) {
  const Eigen::Index first = shape.circles;
  const Eigen::Index count = shape.size - first;
  if (tails == 0 || count == 0) return flow;
  using Tails = bijou::SinhArcsinh<double, any>;
  Eigen::MatrixXd parameters(2, count);  // s and ln t
  parameters << Eigen::RowVectorXd::Zero(count), Eigen::RowVectorXd::Constant(count, std::log(tails));
  bijou::Chain map{bijou::Standardize<double, any>{count}, Tails{{}, parameters}};
  return bijou::TransformedDistribution{std::move(flow),
                                        bijou::OnSlice<any, decltype(map)>{shape.size, first, std::move(map)}};
}

Flow with_bounds(Flow flow, const EventShape& shape) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Eigen::VectorXd low = shape.low;
  Eigen::VectorXd high = shape.high;
  low.head(shape.circles).setConstant(-infinity);
  high.head(shape.circles).setConstant(infinity);
  if ((low.array() == -infinity).all() && (high.array() == infinity).all()) return flow;
  return bijou::TransformedDistribution{std::move(flow), bijou::Box<double, any>{low, high}};
}

}  // namespace

Flow make_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng) {
  const bool is_coupling = settings.flow == "real_nvp" || settings.flow == "coupling_nsf";
  if (is_coupling && shape.size < 2) {
    throw InputError("--flow: " + settings.flow + " needs at least two columns besides the context, maf or nsf one");
  }
  Flow flow = shape.circles > 0 ? make_circular_flow(settings, shape, rng) : make_named_flow(settings, shape, rng);
  return with_bounds(with_tails(std::move(flow), shape, settings.tails), shape);
}
