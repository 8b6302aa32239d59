#include <bijou/flows/forward.hpp>

// A header that names flows includes nothing of Eigen.
#ifdef EIGEN_CORE_H
#error "flows/forward.hpp includes Eigen"
#endif

namespace {

struct Holder {
  const bijou::flows::MAF<float>* maf;
  const bijou::flows::IAF<double, 3>* iaf;
  const bijou::AnyFlow<float>* any;
};

}  // namespace

#include <bijou/bijou.hpp>

#include "support/catch.hpp"

TEST_CASE("the names of flows are declared before the flows", "[forward]") {
  std::mt19937_64 rng{1};
  const bijou::flows::MAF<float> maf{{.event_size = 2}, rng};
  const bijou::flows::IAF<double, 3> iaf{{}, rng};
  const bijou::AnyFlow<float> any = maf;
  const Holder holder{&maf, &iaf, &any};
  CHECK(holder.maf->event_size() == 2);
  CHECK(holder.iaf->event_size() == 3);
  CHECK(holder.any->event_size() == 2);
  CHECK(bijou::flows::size_at_run_time == Eigen::Dynamic);
}
