#pragma once

#include <bijou/bijectors/act_norm.hpp>
#include <bijou/bijectors/bijector_calls.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/coupling.hpp>
#include <bijou/bijectors/dynamic_chain.hpp>
#include <bijou/bijectors/on_slice.hpp>
#include <bijou/bijectors/permute.hpp>
#include <bijou/bijectors/random_permutation.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/flows/any_bijector.hpp>
#include <bijou/flows/flo_wave_net.hpp>
#include <bijou/flows/glow.hpp>
#include <bijou/signals/each_pixel.hpp>
#include <bijou/signals/pixel_orders.hpp>
#include <bijou/signals/signal_shape.hpp>
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace bijou {

namespace detail {

/// Follows events through bijectors from data to noise, and adds the terms of the log-dets to the coordinates of the
/// data that they belong to.
template <class T>
struct LogDetShares {
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

  Eigen::VectorXd shares;

  /// x: the events where they are, D x N; origin: of each of their rows, the coordinate of the data.
  struct Place {
    Matrix x;
    std::vector<int> origin;
  };

  template <class... Bs>
  void follow(const Chain<Bs...>& chain, Place& at) {
    with_elements(chain.bijectors(), [&](const Bs&... b) { (follow(b, at), ...); });
  }
  template <class B>
  void follow(const DynamicChain<B>& chain, Place& at) {
    for (const B& b : chain.bijectors()) follow(b, at);
  }

  template <int D>
  void follow(const Permute<D>& permute, Place& at) {
    Place before = at;
    for (std::size_t j = 0; j < before.origin.size(); ++j) {
      const int i = permute.indices()[j];
      at.x.row(i) = before.x.row(static_cast<Index>(j));
      at.origin[static_cast<std::size_t>(i)] = before.origin[j];
    }
  }

  template <int D>
  void follow(const RandomPermutation<D>& random, Place& at) {
    follow(random.permute(), at);
  }
  template <int D>
  void follow(const Reverse<D>&, Place& at) {
    at.x = at.x.colwise().reverse().eval();
    std::reverse(at.origin.begin(), at.origin.end());
  }

  template <int D, class B>
  void follow(const OnSlice<D, B>& slice, Place& at) {
    follow_rows(slice.bijector(), slice.coordinates(), at);
  }
  template <class B>
  void follow(const EachPixel<B>& each, Place& at) {
    std::vector<int> rows(static_cast<std::size_t>(each.channels()));
    for (Index p = 0; p < each.pixels(); ++p) {
      for (std::size_t c = 0; c < rows.size(); ++c)
        rows[c] = static_cast<int>(static_cast<Index>(c) * each.pixels() + p);
      follow_rows(each.bijector(), rows, at);
    }
  }

  template <int D, class S, class C>
  void follow(const Coupling<D, S, C>& coupling, Place& at) {
    const Matrix before = at.x;
    Arena arena;
    for_each_tile(before.cols(), arena, [&](const TileOfBatch& tile) {
      const Tile<T> in = load_events<T>(before, tile);
      Tile<T> out = arena.tile<T>(in.rows(), tile.count);
      const Tile<T> parameters = arena.units<T>(coupling.conditioner().output_size(), tile.count);
      out = in;
      typename C::Cache cache{};
      Pass<T> pass{arena};
      coupling.conditioner().evaluate({in.slice(0, coupling.num_passed()), parameters, cache, pass});
      const Index count = coupling.transformer().parameters_per_coordinate();
      for (Index i = coupling.num_passed(); i < in.rows(); ++i) {
        const Sums log_det = arena.sums(tile.count);
        coupling.transformer().inverse(
            {parameters.slice((i - coupling.num_passed()) * count, count), in.row(i), out.row(i), log_det, pass, i});
        add(at, i, log_det.sum() / static_cast<double>(before.cols()));
      }
      store_events<T>(out, at.x, tile);
    });
  }

  template <int D>
  void follow(const ActNorm<T, D>& norm, Place& at) {
    at.x = bijou::inverse(norm, at.x);
    for (Index i = 0; i < at.x.rows(); ++i) add(at, i, static_cast<double>(norm.parameters()(1, i)));
  }

  /// Looks into the maps that flows::Glow and flows::FloWaveNet hold so.
  void follow(const AnyBijector<T>& any, Place& at) {
    const bool is_known = follow_if<DynamicChain<AnyBijector<T>>>(any, at) ||
                          follow_if<OnSlice<Eigen::Dynamic, AnyBijector<T>>>(any, at) ||
                          follow_if<Permute<Eigen::Dynamic>>(any, at) ||
                          follow_if<DynamicChain<GlowStep<T>>>(any, at) || follow_if<ExitCoupling<T>>(any, at) ||
                          follow_if<DynamicChain<FloWaveNetStep<T>>>(any, at) || follow_if<WaveCoupling<T>>(any, at) ||
                          follow_if<ExitCoupling<T, WaveNet<T>>>(any, at);
    if (!is_known) share_alike(any, at);
  }

  template <class B>
  void follow(const B& b, Place& at) {
    share_alike(b, at);
  }

 private:
  template <class B>
  bool follow_if(const AnyBijector<T>& any, Place& at) {
    const B* const inside = any.template get_if<B>();
    if (inside != nullptr) follow(*inside, at);
    return inside != nullptr;
  }

  template <class B>
  void share_alike(const B& b, Place& at) {
    const auto [z, log_det] = inverse_and_log_det(b, at.x);
    const double share = log_det.template cast<double>().mean() / static_cast<double>(at.x.rows());
    for (Index i = 0; i < at.x.rows(); ++i) add(at, i, share);
    at.x = z;
  }

  void add(const Place& at, Index i, double term) { shares(at.origin[static_cast<std::size_t>(i)]) += term; }

  template <class B, class Rows>
  void follow_rows(const B& b, const Rows& rows, Place& at) {
    Place inside{Matrix(static_cast<Index>(rows.size()), at.x.cols()), {}};
    for (std::size_t k = 0; k < rows.size(); ++k) {
      inside.x.row(static_cast<Index>(k)) = at.x.row(rows[k]);
      inside.origin.push_back(at.origin[static_cast<std::size_t>(rows[k])]);
    }
    follow(b, inside);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      at.x.row(rows[k]) = inside.x.row(static_cast<Index>(k));
      at.origin[static_cast<std::size_t>(rows[k])] = inside.origin[k];
    }
  }
};

}  // namespace detail

/// How much of the log-likelihood each coordinate of x brings: the terms of log|det dz/dx| that belong to it, D numbers
/// in nats, averaged over events; their sum is the mean log-det. A coupling and an ActNorm have a term for each
/// coordinate, and permutations take the terms along; a map that mixes coordinates (InvertibleConvolution, MAF) counts
/// for all alike, as does an AnyBijector but for those inside of flows::Glow and flows::FloWaveNet. Das, Abbeel &
/// Spanos 2019, "Likelihood contribution based multi-scale architecture for generative flows": of a flow trained
/// without splits, to choose what leaves it early.
///
/// @f[ \sum_i \text{share}_i = \frac{1}{N} \sum_n \ln\left|\det\frac{\partial z}{\partial x}\right|_{x_n} @f]
///
/// bijector: one that reads no context. x: D x N, N >= 1.
///
/// @code{.cpp}
/// std::mt19937_64 rng{0};
/// const bijou::Chain f{bijou::RealNVP<double, Eigen::Dynamic>{4, 2, {16}, rng}, bijou::Permute<4>{2, 3, 0, 1}};
/// const Eigen::MatrixXd x = Eigen::MatrixXd::Random(4, 100);
/// const Eigen::VectorXd shares = bijou::log_det_shares(f, x);
/// const auto larger_first = bijou::order_by_share({4, 1, 1}, shares);
/// @endcode
template <class B, class X>
Eigen::VectorXd log_det_shares(const B& bijector, const Eigen::DenseBase<X>& x) {
  detail::require_events(detail::name_of<B>("bijector"), bijector, x);
  if (x.cols() < 1) detail::throw_invalid_argument("log_det_shares", "expected at least 1 event, got 0");
  detail::LogDetShares<typename X::Scalar> shares{Eigen::VectorXd::Zero(x.rows())};
  typename detail::LogDetShares<typename X::Scalar>::Place at{x.derived(), {}};
  at.origin.resize(static_cast<std::size_t>(x.rows()));
  std::iota(at.origin.begin(), at.origin.end(), 0);
  shares.follow(bijector, at);
  return std::move(shares.shares);
}

/// A permutation of whole channels, such that its inverse, from data to noise, puts the channels with the larger shares
/// first: these go on where the first channels do, the others leave. shares: one for each coordinate of the shape. For
/// single coordinates the shape is D x 1 x 1.
inline Permute<Eigen::Dynamic> order_by_share(const SignalShape& shape, const Eigen::VectorXd& shares) {
  detail::require_shape("order_by_share", shape);
  detail::require_size("order_by_share", "shares", shape.size(), shares.size());
  std::vector<int> channels(static_cast<std::size_t>(shape.channels));
  std::iota(channels.begin(), channels.end(), 0);
  const auto share = [&](int channel) { return shares.segment(channel * shape.pixels(), shape.pixels()).sum(); };
  std::stable_sort(channels.begin(), channels.end(), [&](int a, int b) { return share(a) > share(b); });
  const std::vector<int> order = channel_order(shape, channels);
  std::vector<int> indices(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) indices[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
  return Permute<Eigen::Dynamic>(std::move(indices));
}

}  // namespace bijou
