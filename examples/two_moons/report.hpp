#pragma once

#include "grid.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

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
  const auto line = [](const std::string& name, const std::string& value, const std::string& remark = "") {
    std::cout << "  " << std::left << std::setw(32) << name << std::right << std::setw(10) << value
              << (remark.empty() ? "" : "  ") << remark << "\n";
  };
  const auto number = [](double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
  };
  const auto interval = [&](int i) {
    return std::string("[").append(number(results.box.low(i), 2)).append(", ").append(number(results.box.high(i), 2)) +
           "]";
  };
  line("training nll", number(results.training_nll, 4), "nats per point");
  line("held-out nll", number(results.held_out_nll, 4), "on 100,000 fresh points");
  line("  of the exact density", number(results.exact_nll, 4), "on the same points");
  line("  difference = KL divergence", number(results.held_out_nll - results.exact_nll, 4),
       "+- " + number(results.kl_error, 4));
  line("entropy of the data", number(results.entropy, 4), "what no model can beat");
  line("integral of the density", number(results.integral, 5), "over " + interval(0) + " x " + interval(1));
  line("parameters", std::to_string(results.parameters));
  line("training", number(results.training_seconds, 1), "seconds");
  line("samples per second", number(results.samples_per_second, 0));
}
