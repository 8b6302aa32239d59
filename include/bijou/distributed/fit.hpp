#pragma once

#include <bijou/distributed/communicator.hpp>
#include <bijou/distributed/initialize.hpp>
#include <bijou/distributed/nll_gradient.hpp>
#include <bijou/distributed/team.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/one_rank.hpp>
#include <Eigen/Core>
#include <concepts>
#include <type_traits>

namespace bijou {

/// How `fit` shares its work: all ranks have all events, and each works on its part of every batch. One order of the
/// events follows from the seed, so that training is that of one process, to rounding: sums over a batch run in another
/// order. The communicator must outlive it.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/fit.hpp>
/// #include <random>
///
/// int main() {
///   bijou::Alone ranks;  // or bijou::Mpi, of distributed/mpi.hpp
///   std::mt19937_64 rng{0};
///   const auto data = bijou::datasets::two_moons<float>(1'000, 0.05f, rng);
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   bijou::fit(bijou::Replicated{ranks}, flow, data, {.epochs = 2}, rng);
/// }
/// @endcode
template <Communicator C>
class Replicated {
 public:
  explicit Replicated(C& communicator) : communicator_(&communicator) {}

  // For fit.
  auto team() const {
    if constexpr (std::same_as<C, Alone>)
      return detail::OneRank{};
    else
      return detail::Team<C, false>(*communicator_);
  }

 private:
  C* communicator_;
};

/// How `fit` shares its work: each rank has events of its own, some of the whole, as many as it may be or none, and
/// gives to each batch in proportion. The order of a rank's events follows from the seed and from its number. The mean
/// is over the events of all ranks; batch_size counts those of all and is at least the number of ranks;
/// validation_fraction is taken from each rank. One rank alone trains as one process does.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/fit.hpp>
/// #include <random>
///
/// template <bijou::Communicator C>
/// void train(C& ranks, const Eigen::Matrix2Xf& own_events) {
///   std::mt19937_64 rng{0};  // the same on all ranks, as the flow is
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   bijou::fit(bijou::Sharded{ranks}, flow, own_events, {.epochs = 2}, rng);
/// }
///
/// int main() {
///   bijou::Alone alone;
///   train(alone, Eigen::Matrix2Xf::Random(2, 100));
/// }
/// @endcode
template <Communicator C>
class Sharded {
 public:
  explicit Sharded(C& communicator) : communicator_(&communicator) {}

  // For fit.
  auto team() const {
    if constexpr (std::same_as<C, Alone>)
      return detail::OneRank{};
    else
      return detail::Team<C, true>(*communicator_);
  }

 private:
  C* communicator_;
};

namespace detail {

template <class How>
concept SeveralRanks = requires(const How& how) { how.team(); };

}  // namespace detail

/// `fit` on several ranks; how: Replicated or Sharded. All ranks make the call with the same flow, options, optimizer
/// and generator (which is found out before the first step), and all end with the same parameters to the last bit; a
/// checksum after each epoch proves it. The number of threads may differ. The loss is that of all events together:
///
/// @f[ L(\theta) = -\frac{1}{N} \sum_{n=1}^N \ln p(x_n; \theta) @f]
///
/// What ends training is decided together: a loss that is not finite, patience, a callback that returns false on any
/// rank. Then all ranks leave in the same step with the same parameters, and with the same exception if there is one.
/// So does what is wrong with the arguments of one rank; the sentence says of which. Any other exception on one rank
/// (of its callback, its schedule or its flow) calls the communicator's `abort`, which ends all.
///
/// Throws what `fit` throws, and std::runtime_error if after an epoch the ranks do not have the same parameters. The
/// report that a callback gets is the same on all ranks, but for the seconds.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/distributed/fit.hpp>
/// #include <random>
///
/// template <bijou::Communicator C>
/// void train(C& ranks, const Eigen::Matrix2Xf& own_events) {
///   std::mt19937_64 rng{0};
///   bijou::flows::MAF<float, 2> flow{{.layers = 2, .hidden = {8}}, rng};
///   const auto print = [&](const bijou::EpochReport& report) {
///     if (ranks.rank() == 0) std::printf("%g\n", report.train_nll);
///   };
///   bijou::fit(bijou::Sharded{ranks}, flow, own_events, {.epochs = 2, .callback = print}, rng);
/// }
///
/// int main() {
///   bijou::Alone alone;
///   train(alone, Eigen::Matrix2Xf::Random(2, 100));
/// }
/// @endcode
template <detail::SeveralRanks How, class Flow, class Data, class Rng, class O = Adam<typename Flow::Scalar>>
History fit(const How& how, Flow& flow, const Eigen::DenseBase<Data>& data, const FitOptions& options, Rng&& rng,
            O&& optimizer = O{}) {
  return how.team().run(
      [&](auto& team) { return detail::fit_with(team, detail::NoCheckpoints{}, flow, options, rng, optimizer, data); });
}

/// The same for a conditional flow. context: C x N, one column for each event of this rank, or C x 1 for all of them.
template <detail::SeveralRanks How, class Flow, class Data, class Context, class Rng,
          class O = Adam<typename Flow::Scalar>>
History fit(const How& how, Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>& context,
            const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
  return how.team().run([&](auto& team) {
    return detail::fit_with(team, detail::NoCheckpoints{}, flow, options, rng, optimizer, data, context);
  });
}

/// With a communicator alone: Replicated.
template <Communicator C, class Flow, class Data, class Rng, class O = Adam<typename Flow::Scalar>>
History fit(C& communicator, Flow& flow, const Eigen::DenseBase<Data>& data, const FitOptions& options, Rng&& rng,
            O&& optimizer = O{}) {
  return fit(Replicated<C>(communicator), flow, data, options, rng, optimizer);
}
/// The same for a conditional flow.
template <Communicator C, class Flow, class Data, class Context, class Rng, class O = Adam<typename Flow::Scalar>>
History fit(C& communicator, Flow& flow, const Eigen::DenseBase<Data>& data, const Eigen::DenseBase<Context>& context,
            const FitOptions& options, Rng&& rng, O&& optimizer = O{}) {
  return fit(Replicated<C>(communicator), flow, data, context, options, rng, optimizer);
}

}  // namespace bijou
