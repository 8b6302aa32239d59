#include <bijou/transformers/linear_spline.hpp>
#include <cmath>

#include "registry.hpp"
#include "support/transformer_laws.hpp"

using bijou::Index;
using bijou::LinearSpline;

static_assert(bijou::Transformer<LinearSpline<float, 4>>);
static_assert(bijou::Transformer<LinearSpline<double, Eigen::Dynamic, bijou::spline_maps::SoftplusFloor>>);
static_assert(!std::is_default_constructible_v<LinearSpline<double, Eigen::Dynamic>>);

namespace {

// Apart, as g++ 12 falsely takes the numbers for uninitialized where this is inlined.
[[gnu::noinline]] Eigen::VectorXd logarithms(std::initializer_list<double> numbers) {
  return Eigen::Map<const Eigen::ArrayXd>(numbers.begin(), static_cast<Index>(numbers.size())).log();
}

}  // namespace

TEST_CASE("LinearSpline: laws", "[spline]") {
  const laws::TransformerOptions options{.factors = {1, 0, 1e-8, 3}, .undecided = 0.05, .ill_conditioned = true};
  laws::check_transformer(registry::maker_of_scalar<registry::transformers::LinearSpline>, options);
  laws::check_transformer(
      []<class T>(T, auto&) {
        return LinearSpline<T, Eigen::Dynamic, bijou::spline_maps::SoftplusFloor>{7, T(-2.1), T(3.3)};
      },
      options);
}

TEST_CASE("LinearSpline: the integral of a histogram", "[spline]") {
  const std::vector<double> contents{1, 2, 4, 1};  // in [0, 8]
  const bijou::Elementwise<1, LinearSpline<double, 4>> f{LinearSpline<double, 4>(0, 8), logarithms({1, 2, 4, 1})};
  const bijou::TransformedDistribution p{
      bijou::Uniform<double, 1>{Eigen::Vector<double, 1>(0), Eigen::Vector<double, 1>(8)}, f};
  const auto at = [](double x) { return Eigen::Vector<double, 1>(x); };
  CHECK(f.inverse(at(0))(0) == 0);
  CHECK(f.inverse(at(2))(0) == Approx(1));
  CHECK(f.inverse(at(5))(0) == Approx(5));
  CHECK(f.inverse(at(8))(0) == Approx(8));
  CHECK(f.forward(at(5))(0) == Approx(5));
  for (std::size_t bin = 0; bin < 4; ++bin) {
    for (const double within : {0.1, 0.9, 1.9}) {
      CHECK(p.log_prob(at(2 * static_cast<double>(bin) + within)) == Approx(std::log(contents[bin] / 16)));
    }
  }
  CHECK(p.log_prob(at(-0.1)) == -std::numeric_limits<double>::infinity());
  CHECK(p.log_prob(at(8.1)) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("LinearSpline: inverted, the grid of VEGAS", "[spline]") {
  using Grid = bijou::InvertTransformer<LinearSpline<double, 4>>;
  const bijou::Elementwise<1, Grid> f{Grid{}, logarithms({0.4, 0.1, 0.2, 0.3})};  // widths
  const auto at = [](double z) { return Eigen::Vector<double, 1>(z); };
  CHECK(f.forward(at(0.25))(0) == Approx(0.4));
  CHECK(f.forward(at(0.375))(0) == Approx(0.45));
  CHECK(f.forward(at(0.75))(0) == Approx(0.7));
  CHECK(f.forward_log_det(at(0.375)) == Approx(std::log(0.4)));
  CHECK(f.inverse(at(0.45))(0) == Approx(0.375));
}
