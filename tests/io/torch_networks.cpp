#include <bijou/conditioners/made.hpp>
#include <bijou/conditioners/mlp.hpp>
#include <bijou/io/torch_networks.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"
#include "support/made_file.hpp"
#include "support/tiles.hpp"

namespace {

using namespace bijou::detail;
using Matrix = StateDict::Matrix<double>;
using Vector = StateDict::Vector<double>;

TorchLinear<double> linear(bijou::Index rows, bijou::Index columns, const Matrix& mask, std::mt19937_64& rng) {
  TorchLinear<double> layer{laws::normals<double>(rows, columns, rng), laws::normals<double>(rows, 1, rng), mask};
  if (mask.size() > 0) layer.weight.array() *= mask.array();
  return layer;
}

/// The outputs of the layers as torch has them, for (input, context).
Matrix outputs_of(const TorchNetwork<double>& network, const Matrix& input) {
  Matrix value = input;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    value = (network.layers[l].weight * value).colwise() + network.layers[l].bias;
    if (l + 1 < network.layers.size()) value = value.cwiseMax(0.0);
  }
  return value;
}

StateDict any_dict() {
  static const MadeFile file = MadeFile{}.add("x", {}, {0});
  return StateDict(file);
}

}  // namespace

TEST_CASE("a masked network of torch, whatever the order of its units, has the same outputs", "[io]") {
  std::mt19937_64 rng{0};
  // Coordinates in the order 2, 0, 1; one row of context.
  Matrix in(5, 4), out(6, 5);
  in << 0, 0, 1, 1, /**/ 1, 0, 1, 1, /**/ 0, 0, 0, 1, /**/ 1, 0, 1, 0, /**/ 0, 0, 1, 0;
  out << 1, 0, 1, 0, 1, /**/ 0, 0, 1, 0, 1, /**/ 1, 1, 1, 1, 1, /**/ 1, 0, 1, 1, 1, /**/ 0, 0, 1, 0, 0, /**/ 0, 0, 1, 0,
      0;
  TorchNetwork<double> network{.name = "net",
                               .layers = {linear(5, 4, in, rng), linear(6, 5, out, rng)},
                               .context_size = 1,
                               .outputs = rows_of_coordinates(3, 2)};
  const auto made = masked_network<bijou::Made<double>>(any_dict(), network, {2, 0, 1});
  const Matrix x = laws::normals<double>(3, 7, rng);
  const Matrix context = laws::normals<double>(1, 7, rng);
  Matrix joined(4, 7), ordered(3, 7);
  joined << x, context;
  ordered << x.row(2), x.row(0), x.row(1);
  const Matrix expected = outputs_of(network, joined);
  const Matrix got = laws::evaluate(made, laws::Matrix<double>(ordered), laws::Matrix<double>(context));
  for (const auto& [k, i] : {std::pair{0, 2}, {1, 0}, {2, 1}})
    CHECK((got.middleRows(2 * k, 2) - expected.middleRows(2 * i, 2)).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(file_error_of([&] {
          masked_network<bijou::Made<double>>(any_dict(), network, {0, 1, 2});
        }).find("depend on itself or a later one") != std::string::npos);
}

TEST_CASE("a dense network of torch has the same outputs", "[io]") {
  std::mt19937_64 rng{0};
  const TorchNetwork<double> network{.name = "net",
                                     .layers = {linear(4, 3, {}, rng), linear(5, 4, {}, rng), linear(4, 5, {}, rng)},
                                     .context_size = 1,
                                     .outputs = {{0, 2}, {1, 3}}};
  const auto mlp = dense_network<bijou::Mlp<double>>(any_dict(), network);
  const Matrix x = laws::normals<double>(2, 7, rng);
  const Matrix context = laws::normals<double>(1, 7, rng);
  Matrix joined(3, 7);
  joined << x, context;
  const Matrix expected = outputs_of(network, joined);
  const Matrix got = laws::evaluate(mlp, laws::Matrix<double>(x), laws::Matrix<double>(context));
  const int rows[] = {0, 2, 1, 3};
  for (int r = 0; r < 4; ++r) CHECK((got.row(r) - expected.row(rows[r])).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("layers that do not fit together are refused", "[io]") {
  std::mt19937_64 rng{0};
  TorchNetwork<double> network{.name = "net", .layers = {linear(4, 3, {}, rng)}, .outputs = {{0}}};
  CHECK(file_error_of([&] { dense_network<bijou::Mlp<double>>(any_dict(), network); }).find("no hidden layer") !=
        std::string::npos);
  network.layers.push_back(linear(1, 5, {}, rng));
  CHECK(file_error_of([&] { dense_network<bijou::Mlp<double>>(any_dict(), network); }) ==
        "made: layer 1 of net has 5 inputs, and the one before 4 outputs");
  MadeFile file;
  file.add("net.weight", {2, 1}, {1, 2}).add("net.bias", {3}, {1, 2, 3});
  StateDict dict(file);
  CHECK(file_error_of([&] { read_linear<double>(dict, "net", false); }) ==
        "made: weight, bias and mask of net do not fit together");
}
