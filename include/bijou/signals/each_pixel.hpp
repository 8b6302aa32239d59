#pragma once

#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/core/initialize.hpp>
#include <utility>

namespace bijou {

/// A bijector on C numbers at each of P pixels of a signal, with the same parameters: events are C x P, channel
/// slowest, and the C numbers of a pixel go through the bijector. ActNorm for each channel (Kingma & Dhariwal 2018,
/// section 3.1) is `EachPixel<ActNorm<T, Eigen::Dynamic>>`; what learns from data sees the pixels of all events.
///
/// @f[ x_{\cdot p} = f(z_{\cdot p}), \qquad \ln\left|\det\frac{\partial x}{\partial z}\right| = \sum_p \ln\left|\det
///   \frac{\partial x_{\cdot p}}{\partial z_{\cdot p}}\right| @f]
///
/// B: a Bijector of a known number of coordinates C, which reads the same context for each pixel. The rows of a pixel
/// are a view of the tile, nothing is copied. Throws std::invalid_argument unless there is a pixel.
///
/// @code{.cpp}
/// using PerChannel = bijou::ActNorm<float, Eigen::Dynamic>;
/// const bijou::EachPixel f{16, PerChannel{3}};  // of 3 x 4 x 4
/// const Eigen::VectorXf x = f.forward(Eigen::VectorXf(Eigen::VectorXf::Zero(48)));
/// @endcode
template <class B>
class EachPixel : public BijectorCalls<EachPixel<B>> {
 public:
  static_assert((detail::require_bijector<B>(), true));
  using Scalar = detail::scalar_t<B>;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "EachPixel";
  static constexpr const char* formula = "x[:, p] = f(z[:, p])";

  EachPixel(Index pixels, B bijector) : pixels_(pixels), bijector_(std::move(bijector)) {
    if (pixels < 1) detail::throw_invalid_argument(name, "expected at least 1 pixel, got ", pixels);
    if (bijou::event_size(bijector_) < 1) {
      detail::throw_invalid_argument(name, "expected a bijector with a number of coordinates of its own");
    }
  }

  Index event_size() const { return pixels_ * channels(); }
  Index context_size() const { return bijou::context_size(bijector_); }
  /// P.
  Index pixels() const { return pixels_; }
  /// C, the coordinates of the bijector.
  Index channels() const { return bijou::event_size(bijector_); }
  const B& bijector() const { return bijector_; }

  static constexpr auto members() {
    return Members{structure("pixels", &EachPixel::pixels_), part("bijector", &EachPixel::bijector_)};
  }

  bool is_initialized() const { return bijou::is_initialized(bijector_); }
  bool learns_each_epoch() const { return bijou::learns_each_epoch(bijector_); }
  template <class T>
  void initialize(const detail::LearningBatch<T>& batch) {
    using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    const Index events = batch.events.cols(), contexts = batch.contexts.rows();
    Matrix pixels(channels(), events * pixels_);
    Matrix their_contexts(contexts, contexts > 0 ? pixels.cols() : 0);
    for (Index n = 0; n < events; ++n) {
      for (Index p = 0; p < pixels_; ++p) {
        for (Index c = 0; c < channels(); ++c) pixels(c, n * pixels_ + p) = batch.events(c * pixels_ + p, n);
        if (contexts > 0) their_contexts.col(n * pixels_ + p) = batch.contexts.col(n);
      }
    }
    detail::initialize_part(bijector_,
                            detail::LearningBatch<T>{detail::columns_of(pixels), detail::columns_of(their_contexts),
                                                     batch.is_epoch, batch.ranks});
  }

  /// What the bijector keeps for each pixel.
  template <class T>
  struct Cache {
    detail::cache_t<B, T>* pixels = nullptr;
  };

  using BijectorCalls<EachPixel>::forward;
  using BijectorCalls<EachPixel>::inverse;

  template <class T>
  void forward(Evaluation<T, Cache<T>> e) const {
    evaluate<detail::Forward>(e);
  }
  template <class T>
  void inverse(Evaluation<T, Cache<T>> e) const {
    evaluate<detail::Inverse>(e);
  }
  template <class T>
  void forward_pullback(Pullback<T, Cache<T>> p) const {
    pull_back<detail::Forward>(p);
  }
  template <class T>
  void inverse_pullback(Pullback<T, Cache<T>> p) const {
    pull_back<detail::Inverse>(p);
  }

 private:
  /// The rows of pixel p: one of each channel.
  template <class AnyTile>
  AnyTile pixel(const AnyTile& tile, Index p) const {
    return AnyTile(tile.data() + p * tile.outerStride(), tile.rows() / pixels_, tile.cols(),
                   pixels_ * tile.outerStride());
  }

  template <class Direction, class T>
  void evaluate(Evaluation<T, Cache<T>>& e) const {
    using Inside = detail::cache_t<B, T>;
    e.cache.pixels = e.pass.arena.template objects<Inside>(pixels_);
    for (Index p = 0; p < pixels_; ++p) {
      Direction::apply(bijector_, Evaluation<T, Inside>{pixel(e.input, p), pixel(e.output, p), e.log_det,
                                                        e.cache.pixels[p], e.pass});
    }
  }

  template <class Direction, class T>
  void pull_back(Pullback<T, Cache<T>>& g) const {
    using Inside = detail::cache_t<B, T>;
    for (Index p = 0; p < pixels_; ++p) {
      const Arena::Frame frame(g.pass.arena);
      Direction::pullback(
          bijector_,
          Pullback<T, Inside>{pixel(g.input, p), pixel(g.output, p), pixel(g.output_gradient, p), g.log_det_gradient,
                              pixel(g.input_gradient, p), g.parameter_gradient, g.cache.pixels[p], g.pass});
    }
  }

  Index pixels_;
  B bijector_;
};

template <class B>
EachPixel(Index, B) -> EachPixel<B>;

}  // namespace bijou
