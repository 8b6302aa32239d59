#include "support/made_flows.hpp"

#include <bijou/bijectors/real_nvp.hpp>
#include <bijou/flows/maf.hpp>

namespace made_flows {

template <class T>
bijou::AnyFlow<T> maf(const bijou::flows::FlowOptions& options, std::mt19937_64& rng) {
  return bijou::flows::MAF<T>(options, rng);
}
template bijou::AnyFlow<float> maf(const bijou::flows::FlowOptions&, std::mt19937_64&);
template bijou::AnyFlow<double> maf(const bijou::flows::FlowOptions&, std::mt19937_64&);

bijou::AnyBijector<double> coupling(int hidden, std::mt19937_64& rng) {
  return bijou::RealNVP<double, 2>(1, {hidden}, rng);
}

}  // namespace made_flows
