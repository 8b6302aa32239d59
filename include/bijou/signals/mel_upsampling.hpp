#pragma once

#include <bijou/conditioners/conditioner.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/members.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace bijou {

namespace detail {

/// A transposed convolution over bands and time, one channel: out[m', t] = leaky(b + sum of w[d, k] in[m' + 1 - d, j])
/// over bands d = 0, 1, 2 and frames j with k = t + factor / 2 - j factor in [0, 2 factor), zero outside. The start is
/// linear interpolation in time.
template <class T>
class UpsamplingLayer {
 public:
  using Kernel = Eigen::Matrix<T, 3, Eigen::Dynamic, Eigen::RowMajor>;
  static constexpr const char* name = "UpsamplingLayer";

  explicit UpsamplingLayer(Index factor) : kernel_(Kernel::Zero(3, 2 * factor)), bias_(Eigen::Vector<T, 1>::Zero()) {
    for (Index k = 0; k < 2 * factor; ++k) {
      const double distance = static_cast<double>(k - factor) + 0.5;
      kernel_(1, k) = static_cast<T>(1 - std::abs(distance) / static_cast<double>(factor));
    }
  }

  Index factor() const { return kernel_.cols() / 2; }
  Index parameter_count() const { return kernel_.size() + 1; }

  static constexpr auto members() {
    return Members{parameter("kernel", &UpsamplingLayer::kernel_), parameter("bias", &UpsamplingLayer::bias_)};
  }

  /// in: bands * frames rows, out: factor times as many.
  void evaluate(Index bands, ConstTile<T> in, Tile<T> out) const {
    for (Index r = 0; r < out.rows(); ++r) {
      out.row(r).setConstant(bias_(0));
      for_each_term(bands, in.rows() / bands, r,
                    [&](Index d, Index k, Index from) { out.row(r) += kernel_(d, k) * in.row(from); });
      out.row(r) = (out.row(r) > T(0)).select(out.row(r), slope * out.row(r));
    }
  }

  /// out_gradient becomes that before the activation; in_gradient is written; adds to gradient, unless that is null.
  void pull_back(Index bands, ConstTile<T> in, ConstTile<T> out, Tile<T> out_gradient, Tile<T> in_gradient,
                 T* gradient) const {
    in_gradient.setZero();
    for (Index r = 0; r < out.rows(); ++r) {
      out_gradient.row(r) = (out.row(r) > T(0)).select(out_gradient.row(r), slope * out_gradient.row(r));
      if (gradient) gradient[kernel_.size()] += out_gradient.row(r).sum();
      for_each_term(bands, in.rows() / bands, r, [&](Index d, Index k, Index from) {
        in_gradient.row(from) += kernel_(d, k) * out_gradient.row(r);
        if (gradient) gradient[d * kernel_.cols() + k] += (in.row(from) * out_gradient.row(r)).sum();
      });
    }
  }

 private:
  static constexpr T slope = T(0.4);

  /// body(d, k, row of the input) for the terms of row r of the output.
  template <class Body>
  void for_each_term(Index bands, Index frames, Index r, Body body) const {
    const Index samples = frames * factor(), band = r / samples, place = r % samples + factor() / 2;
    for (Index j = place / factor() - 1; j <= place / factor(); ++j) {
      if (j < 0 || j >= frames) continue;
      for (Index d = 0; d < 3; ++d) {
        const Index from = band + 1 - d;
        if (from >= 0 && from < bands) body(d, place - j * factor(), from * frames + j);
      }
    }
  }

  Kernel kernel_;
  Eigen::Vector<T, 1> bias_;
};

}  // namespace detail

/// Frames of a spectrogram become samples, trained with the flow that reads them: for each factor F a transposed
/// convolution over 3 bands and 2 F samples with a LeakyReLU of slope 0.4. Kim, Lee, Song, Kim and Yoon 2019,
/// FloWaveNet, whose factors are 16 and 16. The start is linear interpolation in time. Band b at sample t, with the
/// frames j for which the weight w exists:
///
/// @f[
///   y_{bt} = A\Bigl(\beta + \sum_{d=0}^2 \sum_j w_{d,\, t + \lfloor F/2 \rfloor - jF}\; x_{b+1-d,\, j}\Bigr), \qquad
///   A(a) = \max(a, 0.4\,a)
/// @f]
///
/// Input: bands x frames, row band * frames + frame. Output: bands x frames * (product of the factors).
///
/// T: float or double. Throws std::invalid_argument for sizes or factors below 1.
///
/// @code{.cpp}
/// const bijou::MelUpsampling<float> network{80, 62, {16, 16}};  // 62 frames for 15,872 samples
/// @endcode
template <class T>
class MelUpsampling {
 public:
  using Scalar = T;
  static constexpr const char* name = "MelUpsampling";
  static constexpr bool is_autoregressive = false;

  MelUpsampling(Index bands, Index frames, const std::vector<int>& factors) : bands_(bands), frames_(frames) {
    if (bands < 1 || frames < 1) {
      detail::throw_invalid_argument(name, "expected at least 1 band and 1 frame, got ", bands, " and ", frames);
    }
    if (factors.empty()) detail::throw_invalid_argument(name, "expected at least 1 factor");
    for (const int factor : factors) {
      if (factor < 1) detail::throw_invalid_argument(name, "expected factors of at least 1, got ", factor);
      layers_.emplace_back(factor);
    }
  }

  std::string shape() const {
    return detail::joined({bands_, " x ", frames_, " -> ", bands_, " x ", output_size() / bands_});
  }
  Index input_size() const { return bands_ * frames_; }
  Index output_size() const { return rows_after(static_cast<Index>(layers_.size())); }
  static constexpr Index context_size() { return 0; }
  /// Bands of the spectrogram.
  Index bands() const { return bands_; }
  /// Frames of the spectrogram.
  Index frames() const { return frames_; }

  static constexpr auto members() {
    return Members{part("layers", &MelUpsampling::layers_), structure("bands", &MelUpsampling::bands_),
                   structure("frames", &MelUpsampling::frames_)};
  }

  /// The input and what each layer gives, one below the other.
  struct Cache {
    Tile<T> values;
  };

  void evaluate(ConditionerEvaluation<T, Cache> e) const {
    if (e.pass.keep_for_pullback) return evaluate_in(e, e.cache);
    const Arena::Frame frame(e.pass.arena);
    evaluate_in(e, e.cache);
  }

  void pullback(ConditionerPullback<T, Cache> p) const {
    Arena& arena = p.pass.arena;
    const Arena::Frame frame(arena);
    const ConstTile<T> values = p.cache.values;
    Tile<T> above = arena.template tile<T>(output_size(), p.output_gradient.cols());
    above = p.output_gradient;
    T* gradient = nullptr;
    if (p.parameter_gradient.size() > 0) {
      gradient = const_cast<T*>(p.parameter_gradient.data()) + p.parameter_gradient.size();
    }
    for (Index l = static_cast<Index>(layers_.size()); l-- > 0;) {
      const Index rows = rows_after(l), first = first_row(l);
      if (gradient) gradient -= layer(l).parameter_count();
      Tile<T> below = p.input_gradient;
      if (l > 0) below.rebind(arena.template tile<T>(rows, above.cols()));
      layer(l).pull_back(bands_, values.slice(first, rows), values.slice(first + rows, rows * layer(l).factor()), above,
                         below, gradient);
      above.rebind(below);
    }
  }

 private:
  const detail::UpsamplingLayer<T>& layer(Index l) const { return layers_[static_cast<std::size_t>(l)]; }
  /// Rows of the output of the first l layers.
  Index rows_after(Index l) const {
    Index rows = input_size();
    for (Index i = 0; i < l; ++i) rows *= layer(i).factor();
    return rows;
  }
  /// Where the input of layer l begins among the values.
  Index first_row(Index l) const {
    Index first = 0;
    for (Index i = 0; i < l; ++i) first += rows_after(i);
    return first;
  }

  void evaluate_in(ConditionerEvaluation<T, Cache>& e, Cache& cache) const {
    const auto count = static_cast<Index>(layers_.size());
    cache.values.rebind(e.pass.arena.template tile<T>(first_row(count) + output_size(), e.input.cols()));
    cache.values.slice(0, input_size()) = e.input;
    for (Index l = 0; l < count; ++l) {
      const Index rows = rows_after(l), first = first_row(l);
      layer(l).evaluate(bands_, cache.values.slice(first, rows),
                        cache.values.slice(first + rows, rows * layer(l).factor()));
    }
    e.output = cache.values.slice(first_row(count), output_size());
  }

  Index bands_;
  Index frames_;
  std::vector<detail::UpsamplingLayer<T>> layers_;
};

}  // namespace bijou
