#pragma once

/// One name of each kind, deprecated as docs/policy.md wants it: the old name stands beside the new one, and says what
/// to use.
namespace renamed {

struct Density {
  double mean = 0.0;
  double log_prob(double x) const { return -0.5 * (x - mean) * (x - mean); }
  [[deprecated("use log_prob")]] double log_pdf(double x) const { return log_prob(x); }
};

using Gaussian [[deprecated("use Density")]] = Density;

template <class T>
T standardize(T x) {
  return x;
}
template <class T>
[[deprecated("use standardize")]] T whiten(T x) {
  return standardize(x);
}

inline constexpr int event_size = 2;
[[deprecated("use event_size")]] inline constexpr int dimension = event_size;

}  // namespace renamed
