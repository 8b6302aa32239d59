#include <bijou/inference/simulations.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();
using Store = detail::SimulationStore<float, 1, Eigen::Dynamic>;

}  // namespace

TEST_CASE("Simulations with NaN or infinity are refused or dropped", "[simulations]") {
  Eigen::MatrixXf x(2, 5);
  x << 1, 2, 3, 4, 5, 1, not_a_number, 3, infinity, 5;
  const Eigen::RowVectorXf theta = Eigen::RowVectorXf::LinSpaced(5, 1, 5);
  Store store(1, 2);
  CHECK(message_of([&] { store.append("Model", theta, x, InvalidSimulations::refuse, ": no"); }) ==
        "Model: 2 of 5 simulations are NaN or infinite: no");
  CHECK(store.count() == 0);
  store.append("Model", theta, x, InvalidSimulations::drop, "");
  store.append("Model", theta.head(1), x.leftCols(1), InvalidSimulations::refuse, "");
  CHECK(store.dropped() == 2);
  CHECK(store.all().theta == Eigen::RowVector4f(1, 3, 5, 1));
  Eigen::MatrixXf kept(2, 4);
  kept << 1, 3, 5, 1, 1, 3, 5, 1;
  CHECK(store.all().x == kept);
}

TEST_CASE("Simulations of other sizes, and theta that is not finite, are refused", "[simulations]") {
  Store store(1, 2);
  const auto append = [&](Index rows, Index columns, float theta) {
    return message_of([&] {
      store.append("Model", Eigen::RowVectorXf::Constant(3, theta), Eigen::MatrixXf::Zero(rows, columns),
                   InvalidSimulations::drop, "");
    });
  };
  CHECK(append(3, 3, 0) == "Model: expected rows of x of size 2, got 3");
  CHECK(append(2, 4, 0) == "Model: expected columns of x, one for each theta, of size 3, got 4");
  CHECK(append(2, 3, infinity) == "Model: theta in column 0 is not finite");
}

TEST_CASE("A component that is constant is refused before training", "[simulations]") {
  Store store(1, 2);
  CHECK(message_of([&] { store.require_varied("Model"); }) ==
        "Model: expected at least 2 simulations to train with, got 0");
  store.append("Model", Eigen::RowVector3f(1, 2, 3), Eigen::MatrixXf::Constant(2, 3, infinity),
               InvalidSimulations::drop, "");
  CHECK(message_of([&] { store.require_varied("Model"); }) ==
        "Model: expected at least 2 simulations to train with, got 0; 3 with NaN or infinity were left out");
  Eigen::MatrixXf x(2, 3);
  x << 1, 2, 3, 7, 7, 7;
  store.append("Model", Eigen::RowVector3f(1, 2, 3), x, InvalidSimulations::refuse, "");
  CHECK(message_of([&] { store.require_varied("Model"); }) ==
        "Model: component 1 of x is 7 in all simulations: leave it out of x, it says nothing about theta");
  store.append("Model", Eigen::RowVectorXf::Zero(1), Eigen::Vector2f(1, 8), InvalidSimulations::refuse, "");
  store.require_varied("Model");
}

TEST_CASE("Patience is 20 epochs, and 1000 steps where there are few simulations", "[simulations]") {
  CHECK(simulation_fit_options(2).patience == 1000);
  CHECK(simulation_fit_options(1000).patience == 50);
  CHECK(simulation_fit_options(1000).batch_size == 50);
  CHECK(simulation_fit_options(10'000).patience == 20);
  CHECK(simulation_fit_options(100'000).patience == 20);
  CHECK(simulation_fit_options(100'000).batch_size == 200);
}
