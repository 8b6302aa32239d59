#include <bijou/bijou.hpp>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/laws.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("AnyConditioner satisfies the laws", "[any_conditioner]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::AnyConditioner>);
}

TEST_CASE("layers of an AnyConditioner give the bits of those whose types say it", "[any_conditioner]") {
  std::mt19937_64 rng{1};
  using Affine = AffineTransformer<double>;
  const laws::Matrix<double> in = laws::normals<double>(3, 200, rng);
  const Made<double> made{3, 2, {8, 8}, rng};
  laws::check_same_map(Autoregressive<3, Affine, AnyConditioner<double>>{Affine{}, made},
                       Autoregressive<3, Affine, Made<double>>{Affine{}, made}, in);
  const Mlp<double> mlp{1, 4, {8, 8}, rng};
  laws::check_same_map(Coupling<3, Affine, AnyConditioner<double>>{Affine{}, mlp},
                       Coupling<3, Affine, Mlp<double>>{Affine{}, mlp}, in);
}

TEST_CASE("AnyConditioner is a value that fits where the one inside does", "[any_conditioner]") {
  std::mt19937_64 rng{1};
  using Affine = AffineTransformer<float>;
  const AnyConditioner<float> made = Made<float>{3, 2, {4}, rng};
  AnyConditioner<float> other = Mlp<float>{1, 4, {4}, rng};
  CHECK(made.hides_inputs());
  CHECK_FALSE(other.hides_inputs());
  CHECK(message_of([&] { Autoregressive<3, Affine, AnyConditioner<float>>{Affine{}, other}; }) ==
        "Autoregressive: takes an autoregressive conditioner, such as Made");
  CHECK(message_of([&] { Coupling<Eigen::Dynamic, Affine, AnyConditioner<float>>{Affine{}, made}; }) ==
        "Coupling: takes a conditioner whose outputs see all inputs, such as Mlp");
  const AnyConditioner<float> single = Mlp<float>{1, 2, {4}, rng};
  CHECK(message_of([&] { Autoregressive<1, Affine, AnyConditioner<float>>{Affine{}, single}; }) ==
        "Autoregressive: takes an autoregressive conditioner, such as Made");
  other = made;
  CHECK(other.input_size() == 3);
  CHECK(other.get_if<Made<float>>() != nullptr);
  CHECK(other.get_if<Mlp<float>>() == nullptr);
  CHECK(parameter_count(other) == parameter_count(made));

  // One that learns.
  TransformedDistribution flow{StandardNormal<float, 2>{}, Embed{AnyConditioner<float>{StandardizeContext<float>{2}},
                                                                 MAF<float, 2>{{{4}, 2}, rng}}};
  CHECK_FALSE(is_initialized(flow));
  initialize(flow, Eigen::MatrixXf(Eigen::MatrixXf::Random(2, 50)), Eigen::MatrixXf(Eigen::MatrixXf::Random(2, 50)));
  CHECK(is_initialized(flow));
}
