#pragma once

#include <bijou/core/batch.hpp>
#include <bijou/core/errors.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/flows/flo_wave_net.hpp>
#include <algorithm>
#include <utility>
#include <vector>

namespace bijou {

/// A FloWaveNet on clips of any length, which are cut into windows that overlap. A sample depends on those within the
/// receptive half-width only, so what is computed of a window is, but for a halo at its ends, what one event of the
/// whole clip would give. Windows are events of one batch, which fill the SIMD packets; the memory is that of windows.
///
/// Noise and audio are stitched from the insides of the windows. The log density is that of all windows less that of
/// the overlaps, each taken as an event of its own: with overlaps of two halos every term is counted once, with the
/// neighbours that it has in the clip.
///
/// @f[ \ln p(x) = \sum_{\text{windows } w} \ln p(x_w) - \sum_{\text{overlaps } o} \ln p(x_o) @f]
///
/// A clip is a vector of channels x length, a context one of context channels x frames, both channel after channel. The
/// length is a multiple of unit(). T: float or double. Throws std::invalid_argument for lengths that are no such
/// multiples.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::flows::FloWaveNet<float> flow{{.samples = 64, .blocks = 3, .flows = 2, .width = 16}, rng};
/// const bijou::ClipWindows<float> windows{flow, 1024};
/// const Eigen::VectorXf z = 0.8f * bijou::StandardNormal<float, Eigen::Dynamic>{16'000}.sample(1, rng);
/// const Eigen::VectorXf clip = windows.forward(z);
/// const double log_p = windows.log_prob(clip);
/// @endcode
template <class T>
class ClipWindows {
 public:
  using Vector = Eigen::Vector<T, Eigen::Dynamic>;
  static constexpr const char* name = "ClipWindows";

  /// window: samples of each, more than two halos. The longer, the less is computed twice.
  ClipWindows(const flows::FloWaveNet<T>& flow, Index window)
      : unit_(flow.unit()),
        halo_((std::max)(Index{1}, (flow.receptive_half_width() + unit_ - 1) / unit_) * unit_),
        window_(require_window(window)),
        of_window_(flow.with_samples(window)),
        of_overlap_(flow.with_samples(2 * halo_)) {}

  /// Samples at either end of a window that are computed for their neighbours alone: the receptive half-width, in whole
  /// units.
  Index halo() const { return halo_; }
  /// Samples of a window.
  Index window() const { return window_; }
  /// Lengths are multiples of so many samples.
  Index unit() const { return unit_; }

  /// The noise of a clip, of its size.
  Vector inverse(const Vector& clip, const Vector& context = {}) const { return map<detail::Inverse>(clip, context); }
  /// The clip of this noise.
  Vector forward(const Vector& noise, const Vector& context = {}) const { return map<detail::Forward>(noise, context); }
  /// ln p of a clip, in nats.
  double log_prob(const Vector& clip, const Vector& context = {}) const {
    double sum = 0;
    const auto add = [&](double sign, const flows::FloWaveNet<T>& flow, const std::vector<Index>& starts) {
      for_each_batch(flow, starts, clip, context, [&](const Matrix& x, const Matrix& contexts, Index) {
        const Vector log_p = contexts.rows() > 0 ? Vector(flow.given(contexts).log_prob(x)) : Vector(flow.log_prob(x));
        sum += sign * log_p.template cast<double>().sum();
      });
    };
    const Cut cut(*this, length_of(clip, context));
    add(1, of_window_, cut.windows);
    if (cut.rest > 0) add(1, of_window_.with_samples(cut.rest), {cut.start_of_rest});
    std::vector<Index> overlaps = cut.windows;  // each but the first begins with one
    if (cut.rest > 0) overlaps.push_back(cut.start_of_rest);
    overlaps.erase(overlaps.begin());
    add(-1, of_overlap_, overlaps);
    return sum;
  }

 private:
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

  /// Where windows begin: whole ones, one halo of two shared with the next, and what is left at the end.
  struct Cut {
    std::vector<Index> windows;
    Index start_of_rest = 0;
    Index rest = 0;  // samples, 0 if the last whole window ends with the clip

    Cut(const ClipWindows& all, Index length) {
      const Index step = all.window_ - 2 * all.halo_;
      Index start = 0;
      for (; start + all.window_ <= length; start += step) {
        windows.push_back(start);
        if (start + all.window_ == length) return;
      }
      start_of_rest = start;
      rest = length - start;
    }
  };

  Index require_window(Index window) const {
    if (window % unit_ != 0 || window <= 2 * halo_) {
      detail::throw_invalid_argument(name, "expected windows of a multiple of ", unit_, " samples and more than ",
                                     2 * halo_, ", got ", window);
    }
    return window;
  }

  Index channels() const { return of_window_.options().channels; }
  Index context_channels() const { return of_window_.options().context_channels; }
  Index samples_per_frame() const { return detail::samples_per_frame(of_window_.options()); }

  Index length_of(const Vector& clip, const Vector& context) const {
    const Index length = clip.size() / channels();
    if (length < 1 || clip.size() % channels() != 0 || length % unit_ != 0) {
      detail::throw_invalid_argument(name, "expected a clip of ", channels(), " x a multiple of ", unit_,
                                     " samples, got ", clip.size());
    }
    const Index rows = context_channels() * length / samples_per_frame();
    if (context.size() != rows) {
      detail::throw_invalid_argument(name, "expected a context of ", rows, " numbers, got ", context.size());
    }
    return length;
  }

  /// Samples first, ..., first + count - 1 of each channel.
  static Vector cut_out(const Vector& signal, Index channels, Index first, Index count) {
    const Index length = signal.size() / (std::max)(channels, Index{1});
    Vector part(channels * count);
    for (Index c = 0; c < channels; ++c) part.segment(c * count, count) = signal.segment(c * length + first, count);
    return part;
  }

  /// Calls body(events, contexts, index of the first start) for batches of parts of a clip, as long as the flow's
  /// events.
  template <class Body>
  void for_each_batch(const flows::FloWaveNet<T>& flow, const std::vector<Index>& starts, const Vector& clip,
                      const Vector& context, Body body) const {
    constexpr Index at_once = 16;
    const Index samples = flow.options().samples, per_frame = samples_per_frame();
    const auto count = static_cast<Index>(starts.size());
    for (Index first = 0; first < count; first += at_once) {
      const Index events = (std::min)(at_once, count - first);
      Matrix x(channels() * samples, events), contexts(context_channels() * samples / per_frame, events);
      for (Index n = 0; n < events; ++n) {
        const Index start = starts[static_cast<std::size_t>(first + n)];
        x.col(n) = cut_out(clip, channels(), start, samples);
        contexts.col(n) = cut_out(context, context_channels(), start / per_frame, samples / per_frame);
      }
      body(x, contexts, first);
    }
  }

  template <class Direction>
  Vector map(const Vector& signal, const Vector& context) const {
    const Index length = length_of(signal, context);
    Vector out(signal.size());
    const auto run = [&](const flows::FloWaveNet<T>& flow, const std::vector<Index>& starts) {
      const Index samples = flow.options().samples;
      for_each_batch(flow, starts, signal, context, [&](const Matrix& x, const Matrix& contexts, Index first) {
        const Matrix y = mapped<Direction>(flow, x, contexts);
        for (Index n = 0; n < y.cols(); ++n) {
          const Index start = starts[static_cast<std::size_t>(first + n)];
          const Index from = start == 0 ? 0 : halo_;
          const Index to = start + samples == length ? samples : samples - halo_;
          for (Index c = 0; c < channels(); ++c) {
            out.segment(c * length + start + from, to - from) = y.col(n).segment(c * samples + from, to - from);
          }
        }
      });
    };
    const Cut cut(*this, length);
    run(of_window_, cut.windows);
    if (cut.rest > 0) run(of_window_.with_samples(cut.rest), {cut.start_of_rest});
    return out;
  }

  template <class Direction>
  static Matrix mapped(const flows::FloWaveNet<T>& flow, const Matrix& x, const Matrix& contexts) {
    Matrix y(x.rows(), x.cols());
    detail::map_batch<Direction, AnyBijector<T>, T>(flow.bijector, detail::view_of(x), detail::view_of(contexts),
                                                    detail::view_of(y), nullptr);
    return y;
  }

  Index unit_;
  Index halo_;
  Index window_;
  flows::FloWaveNet<T> of_window_;
  flows::FloWaveNet<T> of_overlap_;
};

}  // namespace bijou
