#pragma once

#include <cstdio>

#include "../support/grid.hpp"

/// How good the trained flow is. Losses in nats per point.
struct Results {
  double training_nll;
  double held_out_nll;
  double exact_nll;  // of the density that the data are from, on the held-out points
  double kl_error;   // standard error of held_out_nll - exact_nll
  double entropy;    // of the density that the data are from
  Eigen::Index parameters;
  double training_seconds;
  double samples_per_second;
  Grid box;         // where almost all of the flow's mass lies
  double integral;  // of the flow's density over this box
};

inline void print(const Results& results) {
  const auto line = [](const char* name, int digits, double value, const char* remark = "") {
    std::printf("  %-32s%10.*f%s%s\n", name, digits, value, *remark == 0 ? "" : "  ", remark);
  };
  line("training nll", 4, results.training_nll, "nats per point");
  line("held-out nll", 4, results.held_out_nll, "on 100,000 fresh points");
  line("  of the exact density", 4, results.exact_nll, "on the same points");
  std::printf("  %-32s%10.4f  +- %.4f\n", "  difference = KL divergence", results.held_out_nll - results.exact_nll,
              results.kl_error);
  line("entropy of the data", 4, results.entropy, "what no model can beat");
  std::printf("  %-32s%10.5f  over [%.2f, %.2f] x [%.2f, %.2f]\n", "integral of the density", results.integral,
              results.box.low(0), results.box.high(0), results.box.low(1), results.box.high(1));
  line("parameters", 0, static_cast<double>(results.parameters));
  line("training", 1, results.training_seconds, "seconds");
  line("samples per second", 0, results.samples_per_second);
}
