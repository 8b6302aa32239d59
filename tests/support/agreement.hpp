#pragma once

#include <bijou/flows/any_flow.hpp>
#include <bijou/io/torch_file.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "support/catch.hpp"

/// Flows of files of tests/io/data beside the numbers that the library which they are of got with them.
namespace agreement {

using bijou::Index;
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

inline std::filesystem::path path_of(const std::string& name) {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "io" / "data" / name;
}

/// N x D numbers of a file as D x N.
template <class T>
Matrix<T> numbers(const bijou::TorchFile& file, const std::string& name) {
  const bijou::Tensor* const tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  const auto extent = [&](std::size_t axis) { return tensor->shape.size() > axis ? tensor->shape[axis] : 1; };
  Matrix<T> values(extent(1), extent(0));
  REQUIRE(tensor->copy_to(values.data()));
  return values;
}

template <class T>
struct Draws {
  Matrix<T> events;
  Eigen::VectorXd log_prob;
};

/// What given noise becomes, D x N, and ln p of that.
template <class T>
Draws<T> draws(const bijou::AnyFlow<T>& flow, const Matrix<T>& noise, const Matrix<T>& context) {
  Draws<T> result{Matrix<T>(flow.event_size(), noise.cols()), Eigen::VectorXd(noise.cols())};
  bijou::Arena arena;
  for (Index first = 0; first < noise.cols(); first += 100) {
    const bijou::Arena::Frame frame(arena);
    const Index count = (std::min)(Index{100}, noise.cols() - first);
    const auto tile_of = [&](const Matrix<T>& m) {
      bijou::Tile<T> tile = arena.tile<T>(m.rows(), count);
      tile = m.middleCols(first, count).array();
      return tile;
    };
    const bijou::Tile<T> in = tile_of(noise);
    const bijou::Tile<T> out = arena.tile<T>(flow.event_size(), count);
    bijou::Sums log_prob = arena.sums(count);
    bijou::Pass<T> pass{.arena = arena, .context = tile_of(context)};
    bijou::detail::ErasedCache cache;
    flow.map_noise(bijou::NoiseEvaluation<T, bijou::detail::ErasedCache>{in, out, log_prob, cache, pass});
    result.events.middleCols(first, count) = out.matrix();
    result.log_prob.segment(first, count) = log_prob.matrix().transpose();
  }
  return result;
}

/// The largest |a - b| / max(1, |b|).
template <class A, class B>
double difference(const A& a, const B& b) {
  const auto wide = a.template cast<double>().array();
  return ((wide - b.array()).abs() / b.array().abs().max(1.0)).maxCoeff();
}

/// The flow agrees with <name>_numbers.pt: log_prob at 1,000 points, what 1,000 draws of noise become, and log_prob of
/// these, which has the log-dets in it. To 1e-10 in double, in float to 1e-5 or to thrice what the library itself is
/// off then.
template <class T>
void check(const bijou::AnyFlow<T>& flow, const std::string& name) {
  INFO(name << ", " << (sizeof(T) == 8 ? "double" : "float"));
  const bijou::TorchFile points(path_of("points.pt"));
  const bijou::TorchFile expected(path_of(name + "_numbers.pt"));
  const Matrix<T> context = numbers<T>(points, "context").topRows(flow.context_size());
  const Matrix<T> x = numbers<T>(points, "x").topRows(flow.event_size());
  const Matrix<T> noise = numbers<T>(points, "noise").topRows(flow.event_size());
  const Matrix<double> log_prob = numbers<double>(expected, "log_prob");
  const Matrix<double> draws_log_prob = numbers<double>(expected, "draws_log_prob");
  REQUIRE(x.cols() == 1000);
  const auto tolerance = [&](const std::string& of) {
    return sizeof(T) == 8 ? 1e-10 : (std::max)(1e-5, 3 * numbers<double>(expected, of + "_error")(0));
  };
  const auto of_flow = [&](const Matrix<T>& events) {
    return flow.context_size() > 0 ? flow.given(context).log_prob(events) : flow.log_prob(events);
  };
  CHECK(difference(of_flow(x).transpose().eval(), log_prob) < tolerance("log_prob"));
  const Draws<T> drawn = draws<T>(flow, noise, context);
  const Matrix<double> expected_draws = numbers<double>(expected, "draws");
  CHECK(difference(drawn.events, expected_draws) < tolerance("draws"));
  CHECK(difference(drawn.log_prob.transpose().eval(), draws_log_prob) < tolerance("draws_log_prob"));
  if constexpr (sizeof(T) == 8)
    CHECK(difference(of_flow(expected_draws).transpose().eval(), draws_log_prob) < tolerance("draws_log_prob"));
}

}  // namespace agreement
