#pragma once

#include <bijou/core/concepts.hpp>

// Small bijectors whose values are known by hand.
namespace maps {

// The struct in the comment of concept Bijector: x = z + shift.
struct Shift {
  using Scalar = float;
  static constexpr int static_event_size = 2;
  Eigen::Vector2f shift{0.0f, 0.0f};
  static constexpr auto parameter_list() { return std::tuple{bijou::named("shift", &Shift::shift)}; }

  void forward(bijou::ConstTile<float> z, bijou::Tile<float> x, bijou::Row<float>) const {
    x = z.colwise() + shift.array();
  }
  void inverse(bijou::ConstTile<float> x, bijou::Tile<float> z, bijou::Row<float>) const {
    z = x.colwise() - shift.array();
  }
  void forward_pullback(bijou::ConstTile<float>, bijou::ConstTile<float>, bijou::ConstTile<float> x_gradient,
                        bijou::ConstRow<float>, bijou::Tile<float> z_gradient,
                        bijou::ParameterGradient<float> gradient) const {
    z_gradient = x_gradient;
    gradient += x_gradient.rowwise().sum();
  }
  void inverse_pullback(bijou::ConstTile<float>, bijou::ConstTile<float>, bijou::ConstTile<float> z_gradient,
                        bijou::ConstRow<float>, bijou::Tile<float> x_gradient,
                        bijou::ParameterGradient<float> gradient) const {
    x_gradient = z_gradient;
    gradient -= z_gradient.rowwise().sum();
  }
};

// x = e^a z in every coordinate, any number of rows. Its pass keeps e^a and the pullback reads it from there.
struct Stretch {
  using Scalar = double;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "Stretch";
  bijou::Index size;
  Eigen::Matrix<double, 1, 1> log_scale;
  static constexpr auto parameter_list() { return std::tuple{bijou::named("log_scale", &Stretch::log_scale)}; }
  bijou::Index event_size() const { return size; }

  struct Cache {
    double* scale = nullptr;
  };

  void forward(bijou::ConstTile<double> z, bijou::Tile<double> x, bijou::Row<double> log_det, Cache& cache,
               bijou::Pass<double>& pass) const {
    start(cache, pass);
    x = z * *cache.scale;
    log_det += static_cast<double>(size) * log_scale(0);
  }
  void inverse(bijou::ConstTile<double> x, bijou::Tile<double> z, bijou::Row<double> log_det, Cache& cache,
               bijou::Pass<double>& pass) const {
    start(cache, pass);
    z = x / *cache.scale;
    log_det -= static_cast<double>(size) * log_scale(0);
  }
  void forward_pullback(bijou::ConstTile<double>, bijou::ConstTile<double> x, bijou::ConstTile<double> x_gradient,
                        bijou::ConstRow<double> log_det_gradient, bijou::Tile<double> z_gradient,
                        bijou::ParameterGradient<double> gradient, Cache& cache, bijou::Pass<double>&) const {
    z_gradient = x_gradient * *cache.scale;
    gradient(0) += (x_gradient * x).sum() + static_cast<double>(size) * log_det_gradient.sum();
  }
  void inverse_pullback(bijou::ConstTile<double>, bijou::ConstTile<double> z, bijou::ConstTile<double> z_gradient,
                        bijou::ConstRow<double> log_det_gradient, bijou::Tile<double> x_gradient,
                        bijou::ParameterGradient<double> gradient, Cache& cache, bijou::Pass<double>&) const {
    x_gradient = z_gradient / *cache.scale;
    gradient(0) -= (z_gradient * z).sum() + static_cast<double>(size) * log_det_gradient.sum();
  }

 private:
  void start(Cache& cache, bijou::Pass<double>& pass) const {
    cache.scale = pass.arena.row<double>(1).data();
    *cache.scale = std::exp(log_scale(0));
  }
};

}  // namespace maps
