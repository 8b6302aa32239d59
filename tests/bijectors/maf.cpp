#include <bijou/bijectors/maf.hpp>

#include "registry.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using bijou::IAF;
using bijou::MAF;

static_assert(bijou::Bijector<MAF<float, 2, 8, 8>>);
static_assert(bijou::Bijector<MAF<double, Eigen::Dynamic>>);
static_assert(bijou::Bijector<IAF<float, 2, 8>>);

TEST_CASE("MAF: laws", "[maf]") {
  laws::check_bijector(registry::maker<registry::bijectors::MAF>, {.factors = {1, 0, 1e-8, 10}, .kinks = true});
  laws::check_forms(registry::maker<registry::bijectors::MAF>, 3);
}

// Coordinate 0 alone: nothing to condition on.
TEST_CASE("MAF: laws, size at run time", "[maf]") {
  for (const int rows : {1, 2}) {
    INFO(rows << " rows");
    laws::check_bijector([=]<class T>(T, auto& rng) { return MAF<T, Eigen::Dynamic>{rows, {6}, rng}; },
                         {.kinks = true});
  }
}

TEST_CASE("IAF: is a MAF run backwards, to the last bit", "[maf]") {
  std::mt19937_64 first{5};
  std::mt19937_64 second{5};
  const MAF<double, 3, 8> maf{first};
  const IAF<double, 3, 8> iaf{MAF<double, 3, 8>{second}};
  std::mt19937_64 third{5};
  const IAF<double, 3, 8> built_in_place{third};
  const IAF<double, 3, 8> copy{built_in_place};
  std::mt19937_64 rng{6};
  const laws::Matrix<double> in = laws::normals<double>(3, 20, rng);
  laws::check_same_bits(iaf.forward(in), maf.inverse(in));
  laws::check_same_bits(iaf.inverse(in), maf.forward(in));
  laws::check_same_bits(built_in_place.forward(in), maf.inverse(in));
  laws::check_same_bits(copy.forward(in), maf.inverse(in));
  laws::check_same_bits(iaf.forward_log_det(in), maf.inverse_log_det(in));
  std::mt19937_64 fourth{5};
  const IAF<double, 3> sizes_in_braces{{8}, fourth};
  laws::check_same_bits(sizes_in_braces.forward(in), maf.inverse(in));
  std::mt19937_64 fifth{5};
  const IAF<double, Eigen::Dynamic> all_dynamic{3, {8}, fifth};
  laws::check_same_bits(all_dynamic.forward(in), maf.inverse(in));
}

TEST_CASE("IAF: laws", "[maf]") { laws::check_bijector(registry::maker<registry::bijectors::IAF>, {.kinks = true}); }

TEST_CASE("MAF: all ways to give the sizes make the same flow", "[maf]") {
  const auto parameters = [](auto make_flow) {
    std::mt19937_64 rng{7};
    const auto flow = make_flow(rng);
    CHECK(flow.event_size() == 2);
    Eigen::VectorXf p(bijou::parameter_count(flow));
    bijou::copy_parameters(flow, p);
    return p;
  };
  const Eigen::VectorXf expected = parameters([](auto& rng) { return MAF<float, 2, 8, 8>{rng}; });
  // 8 x 2 + 8, 8 x 8 + 8 and 4 x 8 + 4, the masked entries among them.
  CHECK(expected.size() == 24 + 72 + 36);
  CHECK(parameters([](auto& rng) { return MAF<float, 2>{{8, 8}, rng}; }) == expected);
  CHECK(parameters([](auto& rng) { return MAF<float, Eigen::Dynamic, 8, 8>{2, rng}; }) == expected);
  CHECK(parameters([](auto& rng) { return MAF<float, Eigen::Dynamic>{2, {8, 8}, rng}; }) == expected);
}

TEST_CASE("MAF: names of the parameters", "[maf]") {
  std::mt19937_64 rng{1};
  const MAF<float, 2, 4> maf{rng};
  std::vector<std::string> names;
  bijou::for_each_named_parameter(maf, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"conditioner.layers.0.weight", "conditioner.layers.0.bias",
                                          "conditioner.layers.1.weight", "conditioner.layers.1.bias"});
}

TEST_CASE("MAF: with all parameters zero is the identity", "[maf]") {
  std::mt19937_64 rng{1};
  MAF<double, 3, 8> maf{rng};
  bijou::assign_parameters(maf, Eigen::VectorXd::Zero(bijou::parameter_count(maf)));
  const laws::Matrix<double> in = laws::normals<double>(3, 20, rng);
  CHECK(maf.forward(in) == in);
  CHECK(maf.inverse(in) == in);
  CHECK((maf.forward_log_det(in).array() == 0).all());
}

TEST_CASE("MAF: refuses events of another size by name", "[maf]") {
  std::mt19937_64 rng{1};
  const MAF<float, 2, 4> maf{rng};
  CHECK(message_of([&] { maf.inverse(Eigen::MatrixXf(3, 5)); }) == "MAF: expected events of 2 rows, got 3");
}
