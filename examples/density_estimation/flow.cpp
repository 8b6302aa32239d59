#include "flow.hpp"

#include <bijou/bijectors/box.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <limits>

#include "input_error.hpp"

Flow make_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng) {
  const bool is_coupling = settings.flow == "real_nvp" || settings.flow == "coupling_nsf";
  if (is_coupling && shape.size < 2) {
    throw InputError("--flow: " + settings.flow + " needs at least two columns besides the context, maf or nsf one");
  }
  Flow flow = shape.circles > 0 ? make_circular_flow(settings, shape, rng) : make_named_flow(settings, shape, rng);

  constexpr double infinity = std::numeric_limits<double>::infinity();
  Eigen::VectorXd low = shape.low;
  Eigen::VectorXd high = shape.high;
  low.head(shape.circles).setConstant(-infinity);
  high.head(shape.circles).setConstant(infinity);
  if ((low.array() == -infinity).all() && (high.array() == infinity).all()) return flow;
  return bijou::TransformedDistribution{std::move(flow), bijou::Box<double, Eigen::Dynamic>{low, high}};
}
