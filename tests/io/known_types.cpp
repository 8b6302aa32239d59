#include <bijou/bijou.hpp>
#include <bijou/io/known_types.hpp>
#include <bijou/io/save.hpp>

#include "io/known.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

struct Shift {  // x = z + shift
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr const char* name = "Shift";
  Eigen::Vector2d shift{0, 0};
  static constexpr auto members() { return bijou::Members{parameter("shift", &Shift::shift)}; }
  void forward(Evaluation<double> e) const { e.output = e.input.colwise() + shift.array(); }
  void inverse(Evaluation<double> e) const { e.output = e.input.colwise() - shift.array(); }
  void forward_pullback(Pullback<double> p) const { p.input_gradient = p.output_gradient; }
  void inverse_pullback(Pullback<double> p) const { p.input_gradient = p.output_gradient; }
};

struct NoName : Shift {
  static constexpr const char* name = "";
};

/// As one is written first.
struct Unnamed {
  using Scalar = double;
  static constexpr int static_event_size = 2;
  static constexpr auto members() { return bijou::Members<>{}; }
  void forward(Evaluation<double> e) const { e.output = e.input; }
  void inverse(Evaluation<double> e) const { e.output = e.input; }
  void forward_pullback(Pullback<double> p) const { p.input_gradient = p.output_gradient; }
  void inverse_pullback(Pullback<double> p) const { p.input_gradient = p.output_gradient; }
};

/// A distribution with a number that must be given.
struct Point {
  using Scalar = double;
  static constexpr int static_event_size = Eigen::Dynamic;
  static constexpr const char* name = "Point";
  Eigen::VectorXd at;
  explicit Point(Eigen::VectorXd given) : at(std::move(given)) {}
  Index event_size() const { return at.size(); }
  static constexpr auto members() { return bijou::Members{parameter("at", &Point::at)}; }
  void log_prob(DensityEvaluation<double> e) const { e.log_prob += at.sum(); }
  void log_prob_pullback(DensityPullback<double> p) const { p.input_gradient.setZero(); }
  void draw(Eigen::Ref<Eigen::MatrixXd> events, auto&) const { events.colwise() = at; }
};

}  // namespace

TEST_CASE("types of one's own join by name", "[io]") {
  const TemporaryFolder folder;
  Shift shift;
  shift.shift << 1, -2;
  const TransformedDistribution flow{Point(Eigen::Vector2d(3, 4)), Chain{shift, Reverse<2>{}}};
  save(flow, folder / "a");
  KnownTypes<double> known;
  const auto message = [&] { return message_of_file(folder / "a", [&] { load<double>(folder / "a", known); }); };
  CHECK(message().find(
            "base is of the unknown type \"Point\"; as a distribution are known: ConditionalDiagonalNormal") == 0);
  known.add_distribution(
      "Point", [](const ModelPart<double>& part) { return Point(Eigen::VectorXd::Zero(part.extent("at", 0))); });
  CHECK(message().find("bijector.bijectors.0 is of the unknown type \"Shift\"; as a bijector are known: ActNorm, ") ==
        0);
  known.add<Shift>();
  const AnyFlow<double> loaded = load<double>(folder / "a", known);
  std::mt19937_64 rng{1};
  CHECK(loaded.sample(2, rng) == flow.sample(2, rng));
  const Eigen::Vector2d x(0.5, 0.25);
  CHECK(loaded.log_prob(x) == flow.log_prob(x));
  CHECK(message_of([&] { known.add<NoName>(); }).find("the type needs a name") != std::string::npos);
  save(TransformedDistribution{StandardNormal<double, 2>{}, Unnamed{}}, folder / "a");
  CHECK(message().find("bijector is of a type that had no name when it was saved") == 0);
}
