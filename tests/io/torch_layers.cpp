#include <bijou/bijectors/elementwise.hpp>
#include <bijou/bijectors/reverse.hpp>
#include <bijou/io/torch_layers.hpp>
#include <bijou/transformers/affine.hpp>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/made_file.hpp"

using namespace bijou::detail;

TEST_CASE("buffers of shift and scale standardize data", "[io]") {
  MadeFile file;
  file.add("shift", {2}, {-1, 2}).add("scale", {2}, {0.5f, 2}).add("one", {}, {4}).add("none", {2}, {0, 1});
  StateDict dict(file);
  const auto map = standardize<double>(dict, 2, "shift", "scale");
  CHECK(map.inverse(Eigen::Vector2d(3, 1)).isApprox(Eigen::Vector2d(0.5, 4), 1e-15));
  CHECK(map.is_initialized());
  CHECK(standardize<double>(dict, 2, "shift", "one")
            .inverse(Eigen::Vector2d(1, 1))
            .isApprox(Eigen::Vector2d(3, 6), 1e-15));
  CHECK(file_error_of([&] { standardize<double>(dict, 2, "shift", "none"); }) ==
        "made: the tensor \"none\" has scales that are not positive");
  CHECK(file_error_of([&] { standardize<double>(dict, 3, "shift", "one"); }) ==
        "made: the tensor \"shift\" has 2 numbers, expected 3");
}

TEST_CASE("a layer takes the coordinates in its order", "[io]") {
  Eigen::MatrixXd parameters(2, 2);
  parameters << 1, 2, 0, 0;
  using Shift = bijou::Elementwise<Eigen::Dynamic, bijou::AffineTransformer<double>>;
  const Shift shift({}, parameters);
  CHECK(in_order<double>({0, 1}, shift).inverse(Eigen::Vector2d(0, 0)) == Eigen::Vector2d(1, 2));
  CHECK(in_order<double>({1, 0}, shift).inverse(Eigen::Vector2d(0, 0)) == Eigen::Vector2d(2, 1));
}

TEST_CASE("an embedding network of another kind is refused", "[io]") {
  MadeFile file;
  file.add("net.conv.weight", {1, 1}, {1});
  StateDict dict(file);
  const bijou::AnyBijector<double> bijector(bijou::Reverse<2>{});
  CHECK(file_error_of([&] {
          with_embedding<double, bijou::activations::Relu>(dict, "net", bijector);
        }).find("net is neither nn.Sequential of linear layers") != std::string::npos);
  CHECK(with_embedding<double, bijou::activations::Relu>(dict, "other", bijector).context_size() == 0);
}
