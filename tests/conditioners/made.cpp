#include <bijou/conditioners/made.hpp>
#include <limits>

#include "support/conditioner_laws.hpp"

using bijou::Made;
using bijou::activations::Elu;
using bijou::activations::Softplus;
using bijou::activations::Tanh;

template class bijou::Made<float, bijou::activations::Relu, 8, 7>;
template class bijou::Made<double, Tanh>;

static_assert(bijou::Conditioner<Made<float, bijou::activations::Relu, 8>>);
static_assert(bijou::Conditioner<Made<double, Tanh>>);

namespace {

using Rows = std::vector<std::string>;
using Degrees = std::vector<int>;

// Where a layer has weights, row by row; what `visible` says and what is not zero must agree.
template <class M>
Rows mask(const M& made, std::size_t l) {
  Rows rows;
  const auto& weight = made.network.layers[l].weight;
  for (Eigen::Index r = 0; r < weight.rows(); ++r) {
    std::string row;
    for (Eigen::Index k = 0; k < weight.cols(); ++k) {
      CHECK((weight(r, k) != 0) == (k < made.network.visible(l, r)));
      row += weight(r, k) != 0 ? '1' : '0';
    }
    rows.push_back(row);
  }
  return rows;
}

// Rows and columns of a mask in another order.
Rows reordered(const Rows& rows, const std::vector<std::size_t>& row_order, const std::vector<std::size_t>& col_order) {
  Rows result;
  for (const std::size_t r : row_order) {
    std::string row;
    for (const std::size_t k : col_order) row += rows[r][k];
    result.push_back(row);
  }
  return result;
}

Rows transposed(const Rows& rows) {
  Rows result(rows[0].size());
  for (const std::string& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) result[k] += row[k];
  }
  return result;
}

// Outputs of coordinate j depend on x_i for i < j, and on the context, and on nothing else to the last bit.
template <class M, class T = typename M::Scalar>
void check_dependence(const M& made, int parameters, Eigen::Index events) {
  INFO(events << " events");
  std::mt19937_64 rng{laws::seed};
  const Eigen::Index d = made.input_size();
  const laws::Matrix<T> x = laws::normals<T>(d, events, rng);
  const laws::Matrix<T> context = laws::normals<T>(made.context_size(), events, rng);
  const laws::Matrix<T> still = laws::evaluate(made, x, context);
  REQUIRE(still.rows() == d * parameters);
  for (Eigen::Index i = 0; i < d; ++i) {
    for (const T value : {T(17), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
      INFO("x_" << i << " = " << value);
      laws::Matrix<T> moved = x;
      moved.row(i).setConstant(value);
      const laws::Matrix<T> result = laws::evaluate(made, moved, context);
      const Eigen::Index unchanged = (i + 1) * parameters;
      laws::check_same_bits(result.topRows(unchanged), still.topRows(unchanged));
      CHECK((result.bottomRows(still.rows() - unchanged).array() != still.bottomRows(still.rows() - unchanged).array())
                .all());
    }
  }
  for (Eigen::Index i = 0; i < made.context_size(); ++i) {
    INFO("context " << i);
    laws::Matrix<T> moved = context;
    moved.row(i).array() += T(1);
    CHECK((laws::evaluate(made, x, moved).array() != still.array()).all());
  }
}

// And the gradient: nothing comes back to x_i from outputs of coordinates up to i.
template <class M, class T = typename M::Scalar>
void check_structure(const M& made, int parameters) {
  check_dependence(made, parameters, 19);
  check_dependence(made, parameters, 1);
  std::mt19937_64 rng{laws::seed};
  const Eigen::Index d = made.input_size();
  const laws::Matrix<T> x = laws::normals<T>(d, 19, rng);
  const laws::Matrix<T> context = laws::normals<T>(made.context_size(), 19, rng);
  for (Eigen::Index j = 0; j < d; ++j) {
    laws::Matrix<T> w = laws::Matrix<T>::Zero(d * parameters, 19);
    w.middleRows(j * parameters, parameters).setOnes();
    laws::Start<T> start;
    start.context = context;
    const auto pass = laws::evaluate_and_pull_back(made, x, w, start);
    CHECK((pass.input_gradient.bottomRows(d - j).array() == T(0)).all());
    CHECK((pass.input_gradient.topRows(j).array() != T(0)).all());
  }
  laws::check_outside(made, x, context);
}

// Coordinate by coordinate gives what all at once gives (the values to the last bit), with rows of x that are not there
// yet full of NaN.
template <class M, class T = typename M::Scalar>
void check_stepwise(const M& made) {
  using bijou::detail::as_const;
  std::mt19937_64 rng{laws::seed};
  const auto d = static_cast<int>(made.input_size());
  const laws::Matrix<T> x = laws::normals<T>(d, 19, rng);
  const laws::Matrix<T> context = laws::normals<T>(made.context_size(), 19, rng);
  const laws::Matrix<T> w = laws::normals<T>(made.output_size(), 19, rng);
  laws::Start<T> start;
  start.context = context;
  const auto expected = laws::evaluate_and_pull_back(made, x, w, start);

  bijou::Arena arena;
  bijou::Tile<T> side = laws::tile_of(context, arena);
  bijou::Tile<T> side_gradient = laws::tile_of(laws::Matrix<T>(laws::Matrix<T>::Zero(context.rows(), 19)), arena);
  bijou::Pass<T> pass{arena, true, as_const(side), side_gradient};
  typename M::Cache cache{};
  bijou::Tile<T> in = laws::blank<T>(d, 19, arena);
  bijou::Tile<T> out = laws::blank<T>(made.output_size(), 19, arena);
  made.start(as_const(in), cache, pass);
  for (int i = 0; i < d; ++i) {
    made.evaluate_coordinate(i, as_const(in), out, cache);
    in.row(i) = x.row(i).array();
  }
  laws::check_same_bits(out.matrix(), expected.value);

  const Eigen::Index per_coordinate = made.output_size() / d;
  bijou::Tile<T> out_gradient = laws::blank<T>(made.output_size(), 19, arena);
  bijou::Tile<T> gradient = laws::blank<T>(d, 19, arena);
  std::optional<bijou::Tile<T>> joined;
  const auto sums = made.start_pullback(as_const(out_gradient), gradient, joined, pass);
  for (int i = d - 1; i >= 0; --i) {
    bijou::detail::rows_of(out_gradient, i * per_coordinate, per_coordinate) =
        w.middleRows(i * per_coordinate, per_coordinate).array();
    made.pull_back_coordinate(i, sums, gradient, *joined, cache);
  }
  laws::Vector<T> flat = laws::Vector<T>::Zero(expected.gradient.size());
  made.finish_pullback(sums, *joined, bijou::ParameterGradient<T>(flat.data(), flat.size()), cache, pass);
  // Steps group the rows of a product in other blocks, whose sums over outputs start elsewhere.
  constexpr double rounding = laws::Tolerance<T>::rounding;
  laws::check_close(gradient.matrix(), expected.input_gradient, rounding);
  laws::check_close(flat, expected.gradient, 10 * rounding);
  laws::check_close(side_gradient.matrix(), expected.context_gradient, rounding);
}

}  // namespace

TEST_CASE("Made: laws", "[made]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T, Tanh, 7, 6>{4, 2, rng}; });
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T>{3, 3, {9, 8}, rng}; }, true);
}

TEST_CASE("Made: laws with a context", "[made]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T, Softplus, 7, 9>{3, 2, rng, 2}; });
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T, Elu, 5>{1, 2, rng, 1}; }, true);
}

TEST_CASE("Made: laws with residual connections", "[made]") {
  laws::check_conditioner([]<class T>(T, auto& rng) {
    return Made<T, Tanh>{3, 2, std::vector<int>(5, 6), rng, 1, bijou::Connections::residual};
  });
}

TEMPLATE_TEST_CASE("Made: the Jacobian is exactly zero where it must be", "[made]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  for (const int d : {1, 2, 3, 7}) {
    for (const int context : {0, 2}) {
      INFO(d << " coordinates, context of " << context);
      check_structure(Made<T, Tanh, 13, 17>{d, 2, rng, context}, 2);
      check_structure(Made<T, Softplus>{d, 3, {8, 8}, rng, context}, 3);
      check_stepwise(Made<T, Tanh, 13, 17>{d, 2, rng, context});
      check_stepwise(Made<T, Softplus>{d, 3, {8, 8}, rng, context});
      const Made<T, Tanh, 9, 9, 9> residual{d, 2, rng, context, bijou::Connections::residual};
      check_structure(residual, 2);
      check_stepwise(residual);
    }
  }
}

TEMPLATE_TEST_CASE("Made: with degrees of its own, and without hidden layers", "[made]", float, double) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const std::vector<Degrees> degrees{{3, 1, 2, 2, 1, 0}, {2, 3, 3, 1, 2}};
  const Made<T, Tanh> custom{4, 2, degrees, rng};
  check_structure(custom, 2);
  check_stepwise(custom);
  CHECK(mask(custom, 0) == Rows{"0000", "1000", "1000", "1100", "1100", "1110"});
  CHECK(mask(custom, 1) == Rows{"111000", "111110", "111110", "111111", "111111"});
  CHECK(mask(custom, 2) == Rows{"00000", "00000", "10000", "10000", "11100", "11100", "11111", "11111"});
  const Made<T, Tanh> linear{3, 2, std::vector<int>{}, rng};
  check_structure(linear, 2);
  check_stepwise(linear);
  CHECK(mask(linear, 0) == Rows{"000", "000", "100", "100", "110", "110"});
}

// Their hidden units take the degrees 1, 2, 1, 2, ours 1, 1, 2, 2.
TEST_CASE("Made: the masks of nflows, zuko and FlowJAX, rows sorted by degree", "[made]") {
  std::mt19937_64 rng{1};
  const Made<double, Tanh, 4, 4> made{3, 2, rng};
  const std::vector<std::size_t> inputs{0, 1, 2};
  const std::vector<std::size_t> hidden{0, 2, 1, 3};
  const std::vector<std::size_t> outputs{0, 1, 2, 3, 4, 5};
  CHECK(mask(made, 0) == reordered({"100", "110", "100", "110"}, hidden, inputs));
  CHECK(mask(made, 1) == reordered({"1010", "1111", "1010", "1111"}, hidden, hidden));
  CHECK(mask(made, 2) == reordered({"0000", "0000", "1010", "1010", "1111", "1111"}, outputs, hidden));
}

// zuko's columns are x_0, x_1, x_2 and the context, its hidden degrees 0, 1, 2, 0; ours start with the context.
TEST_CASE("Made: the masks of zuko and FlowJAX with a context, sorted by degree", "[made]") {
  std::mt19937_64 rng{1};
  const Made<double, Tanh, 4> made{3, 2, rng, 1};
  const std::vector<std::size_t> hidden{0, 3, 1, 2};
  CHECK(mask(made, 0) == reordered({"0001", "1001", "1101", "0001"}, hidden, {3, 0, 1, 2}));
  CHECK(mask(made, 1) == reordered({"1001", "1001", "1101", "1101", "1111", "1111"}, {0, 1, 2, 3, 4, 5}, hidden));
}

// TFP's masks are inputs by outputs, its units sorted.
TEST_CASE("Made: the masks of TFP", "[made]") {
  std::mt19937_64 rng{1};
  const Made<double, Tanh, 4, 4> made{3, 2, rng};
  CHECK(mask(made, 0) == transposed({"1111", "0011", "0000"}));
  CHECK(mask(made, 1) == transposed({"1111", "1111", "0011", "0011"}));
  CHECK(mask(made, 2) == transposed({"001111", "001111", "000011", "000011"}));
}

TEST_CASE("Made: sizes", "[made]") {
  std::mt19937_64 rng{1};
  const Made<float, Tanh, 5> made{3, 2, rng, 4};
  CHECK(made.input_size() == 3);
  CHECK(made.output_size() == 6);
  CHECK(made.context_size() == 4);
  CHECK(bijou::parameter_count(made) == 5 * 7 + 5 + 6 * 5 + 6);
}

TEST_CASE("Made: sizes given at compile time and at run time make the same network", "[made]") {
  const auto parameters = [](auto make_made) {
    std::mt19937_64 rng{7};
    const auto made = make_made(rng);
    Eigen::VectorXf p(bijou::parameter_count(made));
    bijou::copy_parameters(made, p);
    return p;
  };
  CHECK(parameters([](auto& rng) { return Made<float, Tanh, 6, 5>{3, 2, rng}; }) ==
        parameters([](auto& rng) { return Made<float, Tanh>{3, 2, {6, 5}, rng}; }));
}

// {6} is a list of one size, not six layers without units.
template <class M>
constexpr bool takes_one_size_in_braces = requires(std::mt19937_64& rng) { M{3, 2, {6}, rng}; };

TEST_CASE("Made: takes the size of a single hidden layer in braces", "[made]") {
  CHECK(takes_one_size_in_braces<Made<float, Tanh>>);
}

TEST_CASE("Made: refuses sizes and degrees that make no sense", "[made]") {
  std::mt19937_64 rng{1};
  using M = Made<double, Tanh>;
  const std::vector<int> hidden{4};
  using Layers = std::vector<Degrees>;
  CHECK(message_of([&] { M(0, 2, hidden, rng); }) == "Made: events need at least one row, got 0");
  CHECK(message_of([&] { M(-3, 2, hidden, rng); }) == "Made: events need at least one row, got -3");
  CHECK(message_of([&] { M(2, 0, hidden, rng); }) == "Made: a coordinate needs at least one parameter");
  CHECK(message_of([&] { M(2, 2, hidden, rng, -1); }) == "Made: the context cannot have fewer than zero rows");
  CHECK(message_of([&] { M(2, 2, std::vector<int>{4, 0}, rng); }) ==
        "Made: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { M(2, 2, std::vector<int>{-1}, rng); }) ==
        "Made: a hidden layer needs at least one unit, got -1");
  CHECK(message_of([&] { M(2, 2, Layers{{1}, {}}, rng); }) == "Made: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { M(3, 2, Layers{{1, 3}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
  CHECK(message_of([&] { M(3, 2, Layers{{-1, 2}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
  const std::string odd = "Network: residual connections take an odd number of hidden layers with the same degrees";
  const auto residual = bijou::Connections::residual;
  CHECK(message_of([&] { M(2, 2, std::vector<int>{}, rng, 0, residual); }) == odd);
  CHECK(message_of([&] { M(2, 2, std::vector<int>{4, 4}, rng, 0, residual); }) == odd);
  CHECK(message_of([&] { M(2, 2, std::vector<int>{4, 4, 5}, rng, 0, residual); }) == odd);
  CHECK(message_of([&] { M(3, 2, Layers{{1, 2}, {1, 1}, {1, 2}}, rng, 0, residual); }) == odd);
  CHECK(message_of([&] { M(1, 2, Layers{{1}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
}
