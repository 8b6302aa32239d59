#include "support/densities.hpp"
#include "support/flows.hpp"

using namespace bijou;
using namespace densities;

namespace {

constexpr int dynamic = Eigen::Dynamic;

// Two events of 300, in two tiles, hold a NaN or an infinity. The others keep their bits.
template <class Flow>
void check_isolated(const Flow& flow) {
  using T = typename Flow::Scalar;
  std::mt19937_64 rng{31};
  const auto good = flow.sample(300, rng);
  const auto log_p = flow.log_prob(good);
  const auto score = flow.score(good);
  REQUIRE(log_p.allFinite());
  REQUIRE(score.allFinite());
  for (Index coordinate = 0; coordinate < 2; ++coordinate) {
    for (const T wrong : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                          -std::numeric_limits<T>::infinity()}) {
      INFO(wrong << " in coordinate " << coordinate);
      auto x = good;
      x(coordinate, 3) = wrong;
      x(coordinate, 200) = wrong;
      const auto with_wrong = flow.log_prob(x);
      const auto score_with_wrong = flow.score(x);
      int changed = 0;
      for (Index n = 0; n < 300; ++n) {
        const bool is_wrong = n == 3 || n == 200;
        const bool same = with_wrong(n) == log_p(n) && score_with_wrong.col(n) == score.col(n);
        if (is_wrong)
          CHECK((std::isnan(with_wrong(n)) || with_wrong(n) == -std::numeric_limits<T>::infinity()));
        else if (!same)
          ++changed;
        if (std::isnan(wrong) && is_wrong) CHECK(std::isnan(with_wrong(n)));
      }
      CHECK(changed == 0);
      CHECK(!std::isfinite(flow.nll(x)));
      if (std::isnan(wrong)) {
        CHECK(std::isnan(flow.nll(x)));
        Eigen::Vector<T, dynamic> gradient(flow.parameter_count());
        CHECK(std::isnan(flow.nll_gradient(x, gradient)));
      }
    }
  }
}

// Ten directions, at distances 10^0, 10^1, ..., 10^largest.
template <class Flow>
void check_far_away(const Flow& flow, int largest) {
  using T = typename Flow::Scalar;
  for (int direction = 0; direction < 10; ++direction) {
    const auto angle = static_cast<T>(0.3 + 0.6283 * direction);
    for (int power = 0; power <= largest; ++power) {
      const T distance_from_zero = std::pow(T(10), static_cast<T>(power));
      const Eigen::Vector<T, 2> x(distance_from_zero * std::cos(angle), distance_from_zero * std::sin(angle));
      const T log_p = flow.log_prob(x);
      INFO("10^" << power << " at angle " << angle << ": " << log_p);
      REQUIRE(!std::isnan(log_p));
      REQUIRE(log_p < std::numeric_limits<T>::infinity());
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a NaN or an infinity stays in its event", "[flow_extremes]", BIJOU_TEST_SCALARS) {
  check_isolated(bent_flows::maf<TestType>(1));
  check_isolated(bent_flows::real_nvp<TestType>(2));
  check_isolated(bent_flows::boxed<TestType>(3));
}

TEST_CASE("far away a density is finite or zero", "[flow_extremes]") {
  check_far_away(bent_flows::maf<float>(1), 25);
  check_far_away(bent_flows::real_nvp<float>(2), 25);
  check_far_away(bent_flows::boxed<float>(3), 25);
  check_far_away(bent_flows::maf<double>(1), 280);
  check_far_away(bent_flows::real_nvp<double>(2), 280);
}
