#include <bijou/flows/coupling_nsf.hpp>
#include <bijou/flows/maf.hpp>
#include <bijou/flows/nsf.hpp>
#include <bijou/flows/real_nvp.hpp>

#include "flow.hpp"

Flow make_named_flow(const Settings& settings, const EventShape& shape, std::mt19937_64& rng) {
  const bijou::flows::FlowOptions options{.event_size = shape.size,
                                          .context_size = shape.context_size,
                                          .layers = settings.layers,
                                          .hidden = settings.hidden,
                                          .bins = settings.bins,
                                          .bound = settings.bound};
  if (settings.flow == "maf") return bijou::flows::MAF<double>{options, rng};
  if (settings.flow == "real_nvp") return bijou::flows::RealNVP<double>{options, rng};
  if (settings.flow == "coupling_nsf") return bijou::flows::CouplingNSF<double>{options, rng};
  return bijou::flows::NSF<double>{options, rng};
}
