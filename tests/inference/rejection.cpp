#include <bijou/inference/rejection.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"

using namespace bijou;

TEST_CASE("Rejection keeps the first good draws and counts up to the last of them", "[rejection]") {
  double next = 0;
  const auto draw = [&](Index count) -> Eigen::RowVectorXd {
    Eigen::RowVectorXd batch(count);
    for (double& each : batch) each = next++;
    return batch;
  };
  const auto each_tenth = [](const Eigen::RowVectorXd& batch) -> Eigen::ArrayXi {
    return batch.transpose().unaryExpr([](double x) { return std::fmod(x, 10) == 9 ? 1.0 : 0.0; }).cast<int>();
  };
  const auto accepted = detail::draw_by_rejection<double, 1>("Model", 1, 500, {}, draw, each_tenth, "");
  CHECK(accepted.events == Eigen::RowVectorXd::LinSpaced(500, 9, 4999));
  CHECK(accepted.tried == 5000);
  CHECK(accepted.acceptance() == 0.1);
  const auto nothing = detail::draw_by_rejection<double, 1>("Model", 1, 0, {}, draw, each_tenth, "");
  CHECK(nothing.tried == 0);
  CHECK(nothing.acceptance() == 1);
}

TEST_CASE("Rejection ends", "[rejection]") {
  const auto draw = [](Index count) -> Eigen::RowVectorXd { return Eigen::RowVectorXd::Zero(count); };
  const auto none = [](const Eigen::RowVectorXd& batch) -> Eigen::ArrayXi {
    return Eigen::ArrayXi::Zero(batch.size());
  };
  CHECK(message_of([&] {
          detail::draw_by_rejection<double, 1>("Model", 1, 5, {}, draw, none, "are good");
        }).find("are good, an acceptance of 0; 5 were asked for") != std::string::npos);
  CHECK(message_of([&] { detail::draw_by_rejection<double, 1>("Model", 1, -1, {}, draw, none, ""); }) ==
        "Model: cannot draw -1 events");
  CHECK(message_of([&] { detail::draw_by_rejection<double, 1>("Model", 1, 1, {0}, draw, none, ""); }) ==
        "Model: expected most_draws_for_each of at least 1, got 0");
}
