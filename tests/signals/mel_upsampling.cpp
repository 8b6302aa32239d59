#include <bijou/signals/mel_upsampling.hpp>
#include <map>
#include <string>

#include "registry.hpp"
#include "support/conditioner_laws.hpp"
#include "support/message_of.hpp"

using bijou::MelUpsampling;

TEST_CASE("MelUpsampling: laws", "[mel_upsampling]") {
  laws::check_conditioner(registry::maker_of_scalar<registry::signals::MelUpsampling>, true);
}

// Transposed convolutions by their definition: each input is spread over 3 bands and 2 factor samples.
TEST_CASE("MelUpsampling: the formula", "[mel_upsampling]") {
  std::mt19937_64 rng{2};
  const auto network = registry::signals::moved(MelUpsampling<double>{3, 4, {2, 4}}, rng);
  CHECK(network.input_size() == 12);
  CHECK(network.output_size() == 96);
  CHECK(network.shape() == "3 x 4 -> 3 x 32");
  std::map<std::string, Eigen::MatrixXd> numbers;
  bijou::for_each_named_parameter(network,
                                  [&](const std::string& path, const auto& p) { numbers[path] = Eigen::MatrixXd(p); });
  Eigen::MatrixXd values = Eigen::MatrixXd::NullaryExpr(3, 4, [&] { return bijou::normal(rng); });
  const laws::Matrix<double> input = laws::Matrix<double>(values.reshaped<Eigen::RowMajor>());
  for (int l = 0; l < 2; ++l) {
    const std::string layer = "layers." + std::to_string(l);
    const Eigen::MatrixXd& kernel = numbers.at(layer + ".kernel");
    const Eigen::Index factor = kernel.cols() / 2, samples = values.cols() * factor;
    Eigen::MatrixXd next = Eigen::MatrixXd::Constant(3, samples, numbers.at(layer + ".bias")(0));
    for (Eigen::Index band = 0; band < 3; ++band) {
      for (Eigen::Index frame = 0; frame < values.cols(); ++frame) {
        for (Eigen::Index d = 0; d < 3; ++d) {
          for (Eigen::Index k = 0; k < 2 * factor; ++k) {
            const Eigen::Index to = band - 1 + d, t = frame * factor - factor / 2 + k;
            if (to >= 0 && to < 3 && t >= 0 && t < samples) next(to, t) += kernel(d, k) * values(band, frame);
          }
        }
      }
    }
    values = next.cwiseMax(0.4 * next);
  }
  laws::check_close(laws::evaluate(network, input), laws::Matrix<double>(values.reshaped<Eigen::RowMajor>()), 1e-13);
}

TEST_CASE("MelUpsampling starts with linear interpolation", "[mel_upsampling]") {
  const MelUpsampling<double> network{2, 3, {4}};
  const laws::Matrix<double> input = (laws::Matrix<double>(6, 1) << 1, 2, 3, 8, 8, 8).finished();
  const laws::Matrix<double> output = laws::evaluate(network, input);
  // Frames lie in the middle of their samples; outside of the signal are zeros.
  const Eigen::VectorXd inside = Eigen::VectorXd::LinSpaced(8, 1.125, 2.875);
  laws::check_close(laws::Matrix<double>(output.middleRows(2, 8)), laws::Matrix<double>(inside), 1e-15);
  CHECK((output.middleRows(14, 8).array() == 8.0).all());
}

TEST_CASE("MelUpsampling refuses wrong sizes", "[mel_upsampling]") {
  CHECK(message_of([] { MelUpsampling<float>{0, 3, {2}}; }) ==
        "MelUpsampling: expected at least 1 band and 1 frame, got 0 and 3");
  CHECK(message_of([] { MelUpsampling<float>{2, 3, {}}; }) == "MelUpsampling: expected at least 1 factor");
  CHECK(message_of([] { MelUpsampling<float>{2, 3, {2, 0}}; }) ==
        "MelUpsampling: expected factors of at least 1, got 0");
}
