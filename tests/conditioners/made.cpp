#include <bijou/conditioners/made.hpp>
#include <limits>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::Made;
using bijou::activations::Elu;
using bijou::activations::Softplus;
using bijou::activations::Tanh;

static_assert(bijou::SequentialConditioner<Made<float>>);
static_assert(bijou::SequentialConditioner<Made<double, Tanh, bijou::Residual>>);

namespace {

using Rows = std::vector<std::string>;
using Degrees = std::vector<int>;

// Where a layer has weights, row by row; what `visible` says and what is not zero must agree.
template <class M>
Rows mask(const M& made, std::size_t l) {
  Rows rows;
  const auto& layer = made.layers()[l];
  const auto& weight = layer.weight();
  for (Eigen::Index r = 0; r < weight.rows(); ++r) {
    std::string row;
    for (Eigen::Index k = 0; k < weight.cols(); ++k) {
      CHECK((weight(r, k) != 0) == (k < layer.visible(r)));
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

template <class M>
void check_stepwise(const M& made) {
  for (const Eigen::Index events : {1, 19}) {
    laws::check_steps(made, static_cast<int>(made.input_size()), laws::Given::by_coordinate, events);
  }
}

}  // namespace

TEST_CASE("Made: laws", "[made]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::conditioners::Made>);
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T>{3, 3, {9, 8}, rng}; }, true);
}

TEST_CASE("Made: laws with a context", "[made]") {
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T, Softplus>{3, 2, {{7, 9}, 2}, rng}; });
  laws::check_conditioner([]<class T>(T, auto& rng) { return Made<T, Elu>{1, 2, {{5}, 1}, rng}; }, true);
}

TEST_CASE("Made: laws with residual connections", "[made]") {
  laws::check_conditioner(
      []<class T>(T, auto& rng) { return Made<T, Tanh, bijou::Residual>{3, 2, {std::vector<int>(5, 6), 1}, rng}; });
}

TEMPLATE_TEST_CASE("Made: the Jacobian is exactly zero where it must be", "[made]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  for (const int d : {1, 2, 3, 7}) {
    for (const int context : {0, 2}) {
      INFO(d << " coordinates, context of " << context);
      check_structure(Made<T, Tanh>{d, 2, {{13, 17}, context}, rng}, 2);
      check_structure(Made<T, Softplus>{d, 3, {{8, 8}, context}, rng}, 3);
      check_stepwise(Made<T, Tanh>{d, 2, {{13, 17}, context}, rng});
      check_stepwise(Made<T, Softplus>{d, 3, {{8, 8}, context}, rng});
      const Made<T, Tanh, bijou::Residual> residual{d, 2, {{9, 9, 9}, context}, rng};
      check_structure(residual, 2);
      check_stepwise(residual);
    }
  }
}

TEMPLATE_TEST_CASE("Made: with degrees of its own", "[made]", BIJOU_TEST_SCALARS) {
  using T = TestType;
  std::mt19937_64 rng{laws::seed};
  const std::vector<Degrees> degrees{{3, 1, 2, 2, 1, 0}, {2, 3, 3, 1, 2}};
  const Made<T, Tanh> custom{4, 2, degrees, rng};
  check_structure(custom, 2);
  check_stepwise(custom);
  CHECK(mask(custom, 0) == Rows{"0000", "1000", "1000", "1100", "1100", "1110"});
  CHECK(mask(custom, 1) == Rows{"111000", "111110", "111110", "111111", "111111"});
  CHECK(mask(custom, 2) == Rows{"00000", "00000", "10000", "10000", "11100", "11100", "11111", "11111"});
  // Degree 0 in each layer, or coordinate 0 would not see the context.
  const std::vector<Degrees> with_zeros{{3, 1, 2, 2, 1, 0}, {2, 0, 3, 3, 1, 2}};
  const Made<T, Tanh> with_context{4, 2, with_zeros, rng, 1};
  check_structure(with_context, 2);
  check_stepwise(with_context);
}

// Their hidden units take the degrees 1, 2, 1, 2, ours 1, 1, 2, 2.
TEST_CASE("Made: the masks of nflows, zuko and FlowJAX, rows sorted by degree", "[made]") {
  std::mt19937_64 rng{1};
  const Made<double, Tanh> made{3, 2, {4, 4}, rng};
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
  const Made<double, Tanh> made{3, 2, {{4}, 1}, rng};
  const std::vector<std::size_t> hidden{0, 3, 1, 2};
  CHECK(mask(made, 0) == reordered({"0001", "1001", "1101", "0001"}, hidden, {3, 0, 1, 2}));
  CHECK(mask(made, 1) == reordered({"1001", "1001", "1101", "1101", "1111", "1111"}, {0, 1, 2, 3, 4, 5}, hidden));
}

// TFP's masks are inputs by outputs, its units sorted.
TEST_CASE("Made: the masks of TFP", "[made]") {
  std::mt19937_64 rng{1};
  const Made<double, Tanh> made{3, 2, {4, 4}, rng};
  CHECK(mask(made, 0) == transposed({"1111", "0011", "0000"}));
  CHECK(mask(made, 1) == transposed({"1111", "1111", "0011", "0011"}));
  CHECK(mask(made, 2) == transposed({"001111", "001111", "000011", "000011"}));
}

TEST_CASE("Made: sizes", "[made]") {
  std::mt19937_64 rng{1};
  const Made<float, Tanh> made{3, 2, {{5}, 4}, rng};
  CHECK(made.input_size() == 3);
  CHECK(made.output_size() == 6);
  CHECK(made.context_size() == 4);
  CHECK(bijou::parameter_count(made) == 5 * 7 + 5 + 6 * 5 + 6);
}

// {6} is a list of one size, not six layers without units.
TEST_CASE("Made: sizes in braces are sizes", "[made]") {
  std::mt19937_64 rng{1};
  const Made<float, Tanh> one{3, 2, {6}, rng};
  CHECK(one.layers().size() == 2);
  CHECK(one.layers()[0].rows() == 6);
  const Made<float, Tanh> two{3, 2, {6, 5}, rng};
  CHECK(two.layers().size() == 3);
  CHECK(two.layers()[1].rows() == 5);
  const Made<float, Tanh> with_context{3, 2, {{6, 5}, 2}, rng};
  CHECK(with_context.layers()[0].columns() == 5);
  const std::vector<int> sizes{6, 5};
  CHECK(Made<float, Tanh>(3, 2, sizes, rng).layers().size() == 3);
}

// Fewer units than degrees spread over the degrees, the largest among them.
TEST_CASE("Made: the last coordinate sees all before it, however narrow the layers", "[made]") {
  std::mt19937_64 rng{laws::seed};
  for (int d = 2; d <= 9; ++d) {
    for (int width = 1; width <= d; ++width) {
      for (const int context : {0, 2}) {
        INFO(d << " coordinates, width " << width << ", context of " << context);
        for (const std::vector<int>& hidden : {std::vector<int>{width}, {width, width}, {d, width}, {width, d}}) {
          const Made<double, Tanh> made{d, 2, {hidden, context}, rng};
          // Which inputs an output depends on, from the weights: through units that see one another.
          Eigen::MatrixXd depends = Eigen::MatrixXd::Identity(d + context, d + context);
          for (const auto& layer : made.layers()) depends = layer.weight().cwiseAbs() * depends;
          CHECK((depends.bottomRows(2).leftCols(context + d - 1).array() > 0).all());
          CHECK((depends.bottomRows(2).col(context + d - 1).array() == 0).all());
        }
      }
    }
  }
}

TEST_CASE("Made: refuses sizes and degrees that make no sense", "[made]") {
  std::mt19937_64 rng{1};
  using M = Made<double, Tanh>;
  const bijou::NetworkOptions hidden{4};
  using Options = bijou::NetworkOptions;
  using Layers = std::vector<Degrees>;
  CHECK(message_of([&] { M(0, 2, hidden, rng); }) == "Made: events need at least one row, got 0");
  CHECK(message_of([&] { M(-3, 2, hidden, rng); }) == "Made: events need at least one row, got -3");
  CHECK(message_of([&] { M(2, 0, hidden, rng); }) == "Made: a coordinate needs at least one parameter");
  CHECK(message_of([&] { M(2, 2, Options({4}, -1), rng); }) == "Made: expected a context of at least 0 rows, got -1");
  CHECK(message_of([&] { M(2, 2, Options{4, 0}, rng); }) == "Made: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { M(2, 2, Options{-1}, rng); }) == "Made: a hidden layer needs at least one unit, got -1");
  CHECK(message_of([&] { M(2, 2, Layers{{1}, {}}, rng); }) == "Made: a hidden layer needs at least one unit, got 0");
  CHECK(message_of([&] { M(3, 2, Layers{{1, 3}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
  CHECK(message_of([&] { M(3, 2, Layers{{-1, 2}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
  CHECK(message_of([&] { M(2, 2, Options({}), rng); }) == "Made: expected at least one hidden layer, got none");
  CHECK(message_of([&] { M(2, 2, std::vector<int>{}, rng); }) == "Made: expected at least one hidden layer, got none");
  CHECK(message_of([&] { M(2, 2, Layers{}, rng); }) == "Made: expected at least one hidden layer, got none");
  CHECK(message_of([&] { M(1, 2, Layers{{1}}, rng); }) == "Made: hidden degrees lie between 0 and D - 1");
}
