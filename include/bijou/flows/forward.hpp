#pragma once

#include <bijou/core/language.hpp>

/// The names of flows, for a header that holds one behind a pointer or a reference: nothing else is included.
namespace bijou {

template <class T>
class AnyFlow;

namespace flows {

inline constexpr int size_at_run_time = -1;  // Eigen::Dynamic

template <class T, int D = size_at_run_time>
class MAF;
template <class T, int D = size_at_run_time>
class IAF;
template <class T, int D = size_at_run_time>
class RealNVP;
template <class T, int D = size_at_run_time>
class NICE;
template <class T, int D = size_at_run_time>
class NSF;
template <class T, int D = size_at_run_time>
class CouplingNSF;
template <class T, int D = size_at_run_time>
class MDN;
template <class T>
class Glow;
template <class T>
class FloWaveNet;

}  // namespace flows
}  // namespace bijou
