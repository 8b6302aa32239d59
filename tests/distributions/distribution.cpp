#include <bijou/bijectors/affine.hpp>
#include <bijou/bijectors/chain.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <cmath>

#include "support/densities.hpp"
#include "support/density_laws.hpp"

using namespace bijou;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// Exactly what the table of concept Distribution asks for, no more: two independent logistic numbers,
// ln p(x) = sum_i [-|u_i| - 2 ln(1 + e^-|u_i|)], u_i = x_i - loc.
template <class T>
struct OwnLogistic {
  using Scalar = T;
  static constexpr int static_event_size = 2;
  Eigen::Vector<T, 1> loc{T(0.25)};
  static constexpr Index event_size() { return 2; }
  static constexpr auto members() { return bijou::Members{parameter("loc", &OwnLogistic::loc)}; }

  void log_prob(DensityEvaluation<T> e) const {
    for (Index i = 0; i < 2; ++i) {
      const Eigen::Array<T, 1, dynamic> u = (e.input.row(i) - loc(0)).abs();
      e.log_prob -= u + T(2) * (-u).exp().log1p();
    }
  }
  // d ln p / dx = -tanh((x - loc) / 2).
  void log_prob_pullback(DensityPullback<T> p) const {
    p.input_gradient = (((loc(0) - p.input) / T(2)).tanh()).rowwise() * p.log_prob_gradient;
    auto [d_loc] = gradients(*this, p);
    d_loc(0) -= p.input_gradient.sum();
  }
  template <class Rng>
  void draw(Eigen::Ref<Eigen::MatrixX<T>> events, Rng& rng) const {
    for (Index n = 0; n < events.cols(); ++n) {
      for (Index i = 0; i < 2; ++i) {
        const double u = uniform(rng);
        events(i, n) = loc(0) + static_cast<T>(std::log((u + 1e-17) / (1 - u)));
      }
    }
  }
};
static_assert(Distribution<OwnLogistic<float>>);
static_assert(Distribution<OwnLogistic<double>>);

// What lacks one of the expressions is none.
struct NoScalar : OwnLogistic<double> {
  static constexpr auto members() { return bijou::Members<>{}; }

 private:
  using Scalar = double;
};
struct NoSize {
  using Scalar = double;
  static constexpr auto members() { return bijou::Members<>{}; }
  void log_prob(DensityEvaluation<double>) const {}
  void log_prob_pullback(DensityPullback<double>) const {}
  void draw(Eigen::Ref<Eigen::MatrixXd>, auto&) const {}
};
struct NoSizeAtRunTime : NoSize {
  enum { static_event_size = 2 };  // a constant that no translation unit need use
};
struct Complete : NoSizeAtRunTime {
  Index event_size() const { return 2; }
};
struct NoMembers {
  using Scalar = double;
  enum { static_event_size = 2 };
  Index event_size() const { return 2; }
  void log_prob(DensityEvaluation<double>) const {}
  void log_prob_pullback(DensityPullback<double>) const {}
  void draw(Eigen::Ref<Eigen::MatrixXd>, auto&) const {}
};
struct NoLogProb : Complete {
  void log_prob(int) const {}  // hides the other
};
struct NoPullback : Complete {
  void log_prob_pullback(int) const {}
};
struct NoDraw : Complete {
  void draw(int) const {}
};
struct DrawsFromOneGenerator : Complete {
  void draw(Eigen::Ref<Eigen::MatrixXd>, std::mt19937_64&) const {}
};
struct ChangedByDraws : Complete {
  void draw(Eigen::Ref<Eigen::MatrixXd>, auto&) {}
};
struct NotACopy : Complete {
  NotACopy(const NotACopy&) = delete;
};
static_assert(Distribution<Complete>);
static_assert(!Distribution<NoScalar>);
static_assert(!Distribution<NoSize>);
static_assert(!Distribution<NoSizeAtRunTime>);
static_assert(!Distribution<NoMembers>);
static_assert(!Distribution<NoLogProb>);
static_assert(!Distribution<NoPullback>);
static_assert(!Distribution<NoDraw>);
static_assert(!Distribution<DrawsFromOneGenerator>);
static_assert(!Distribution<ChangedByDraws>);
static_assert(!Distribution<NotACopy>);
static_assert(!Distribution<int>);

}  // namespace

TEST_CASE("the least distribution satisfies the laws, alone and as a base", "[distribution]") {
  laws::check_distribution([]<class T>(T, auto&) { return OwnLogistic<T>{}; });
  laws::check_flow([]<class T>(T, auto&) {
    return TransformedDistribution{OwnLogistic<T>{},
                                   Chain{Reverse<2>{}, Affine<T, 2>{{T(0.5), T(0)}, {T(1.5), T(-0.7)}}}};
  });
}
