#include <bijou/flows/any_flow.hpp>
#include <bijou/flows/recipes.hpp>
#include <functional>

#include "support/density_laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;
using flows::RecipeOptions;

namespace {

template <class T>
struct Recipe {
  std::string name;
  std::function<AnyFlow<T>(const RecipeOptions&, std::mt19937_64&)> make;
};

template <class T>
std::vector<Recipe<T>> recipes() {
  using Rng = std::mt19937_64;
  using Options = RecipeOptions;
  return {
      {"nflows_maf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::nflows_maf<T>(o, rng)); }},
      {"nflows_real_nvp", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::nflows_real_nvp<T>(o, rng)); }},
      {"sbi_maf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::sbi_maf<T>(o, rng)); }},
      {"sbi_nsf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::sbi_nsf<T>(o, rng)); }},
      {"zuko_maf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::zuko_maf<T>(o, rng)); }},
      {"zuko_nsf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::zuko_nsf<T>(o, rng)); }},
      {"flowjax_maf", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::flowjax_maf<T>(o, rng)); }},
      {"flowjax_coupling", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::flowjax_coupling<T>(o, rng)); }},
      {"nessai_real_nvp", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::nessai_real_nvp<T>(o, rng)); }},
      {"madnis_coupling", [](const Options& o, Rng& rng) { return AnyFlow<T>(flows::madnis_coupling<T>(o, rng)); }}};
}

// The numbers of parameters of the flows that the libraries make: python from_recipes.py in tests/golden.
struct Counts {
  Index event_size;
  Index context_size;
  std::vector<Index> of_recipes;  // 0: the library's flow takes no context
};

const std::vector<Counts> counts{
    {2, 0, {85460, 84490, 27270, 58925, 13836, 22026, 2832, 1616, 432, 4286}},
    {2, 3, {0, 0, 28270, 61675, 14412, 22602, 4032, 2816, 608, 4478}},
    {5, 0, {88370, 85912, 29550, 71227, 15582, 36057, 6480, 3648, 2280, 22353}},
    {5, 3, {0, 0, 30550, 73977, 16158, 36633, 7680, 4848, 2720, 22929}},
};

/// A flow of a recipe away from the identity.
template <class T>
AnyFlow<T> scattered(const Recipe<T>& recipe, const RecipeOptions& options, std::mt19937_64& rng) {
  AnyFlow<T> flow = recipe.make(options, rng);
  Eigen::Vector<T, Eigen::Dynamic> parameters = flow.parameters();
  for (T& p : parameters) p += static_cast<T>(0.05 * normal(rng));
  flow.set_parameters(parameters);
  return flow;
}

}  // namespace

TEST_CASE("flows of recipes have the parameters of the libraries' own", "[recipes]") {
  std::mt19937_64 rng{1};
  const auto all = recipes<double>();
  for (const Counts& expected : counts) {
    const RecipeOptions options{.event_size = expected.event_size, .context_size = expected.context_size};
    for (std::size_t i = 0; i < all.size(); ++i) {
      INFO(all[i].name << ", " << options.event_size << " coordinates, context of " << options.context_size);
      const AnyFlow<double> flow = all[i].make(options, rng);
      CHECK(flow.event_size() == options.event_size);
      CHECK(flow.context_size() == options.context_size);
      if (expected.of_recipes[i] > 0) CHECK(flow.parameter_count() == expected.of_recipes[i]);
    }
  }
}

TEST_CASE("flows of recipes satisfy the laws of a distribution", "[recipes]") {
  for (std::size_t i = 0; i < recipes<double>().size(); ++i) {
    const bool is_bounded = recipes<double>()[i].name == "madnis_coupling";
    INFO(recipes<double>()[i].name);
    laws::check_distribution(
        [i, is_bounded]<class T>(T, auto& rng) {
          const Recipe<T> recipe = recipes<T>()[i];
          const bool is_residual = recipe.make({.event_size = 2}, rng).parameter_count() > 50'000;
          const std::vector<int> hidden = is_residual ? std::vector<int>{4, 4, 4} : std::vector<int>{8};
          // Of two coordinates the mass is found by quadrature, which is rough where a density ends.
          return scattered(recipe, {.event_size = is_bounded ? 3 : 2, .layers = 2, .hidden = hidden}, rng);
        },
        {.step = 1e-6, .bounded = is_bounded});
  }
}

TEST_CASE("flows of recipes follow their context", "[recipes]") {
  std::mt19937_64 rng{2};
  for (const Recipe<double>& recipe : recipes<double>()) {
    INFO(recipe.name);
    const AnyFlow<double> flow = scattered(recipe, {.event_size = 3, .context_size = 220, .layers = 2}, rng);
    const Eigen::MatrixXd context = Eigen::MatrixXd::Random(220, 2);
    const Eigen::Vector3d x(0.3, 0.4, 0.7);
    CHECK(flow.given(context.col(0)).log_prob(x) != flow.given(context.col(1)).log_prob(x));
    const Eigen::MatrixXd draws = flow.given(context).sample(rng);
    const Eigen::VectorXd together = flow.given(context).log_prob(draws);
    CHECK(together(1) == Approx(flow.given(context.col(1)).log_prob(draws.col(1))).epsilon(1e-10));
  }
}

TEST_CASE("recipes refuse what their libraries cannot build", "[recipes]") {
  std::mt19937_64 rng{1};
  CHECK(message_of([&] { flows::zuko_maf<float>({}, rng); }) ==
        "zuko_maf: expected an event_size of at least 1, got 0");
  CHECK(message_of([&] { flows::sbi_nsf<float>({.event_size = 1}, rng); }) ==
        "sbi_nsf: expected an event_size of at least 2, got 1");
  CHECK(message_of([&] { flows::sbi_maf<float>({.event_size = 2, .layers = -1}, rng); }) ==
        "sbi_maf: expected at least 1 layer, got -1");
  CHECK(message_of([&] { flows::zuko_maf<float>({.event_size = 2, .bins = -1}, rng); }) ==
        "zuko_maf: this flow has no bins to choose, got -1");
  CHECK(message_of([&] { flows::madnis_coupling<float>({.event_size = 2, .bound = 3}, rng); }) ==
        "madnis_coupling: this flow has no bound to choose, got 3");
  CHECK(message_of([&] { flows::zuko_nsf<float>({.event_size = 2, .bins = 1}, rng); }) ==
        "zuko_nsf: expected at least 2 bins, got 1");
  CHECK(message_of([&] { flows::sbi_nsf<float>({.event_size = 2, .bound = -3}, rng); }) ==
        "sbi_nsf: expected a bound that is finite and greater than 0, got -3");
}
