#include <bijou/bijectors/affine.hpp>
#include <bijou/distributions/standard_normal.hpp>
#include <bijou/distributions/transformed_distribution.hpp>
#include <bijou/training/fit.hpp>
#include <bijou/training/minimize.hpp>
#include <bijou/training/progress.hpp>
#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <regex>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/written_text.hpp"

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#endif

using namespace bijou;

namespace {

const std::string begin = "\r\033[?7l", end = "\033[K\033[?7h";

auto lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// Epochs of a second each.
EpochReport epoch(Index done, Index epochs, double train, std::optional<double> validation = {}) {
  return {done - 1, epochs, train, validation, 1e-3, static_cast<double>(done)};
}

}  // namespace

TEST_CASE("ProgressLine: epochs in place on a terminal", "[progress]") {
  WrittenText text;
  ProgressLine progress{{.file = text.file(), .in_place = true}};
  progress(epoch(1, 120, 12.34567, 0.5));
  CHECK(text.taken() ==
        begin + "[................]  epoch   1/120  nll 12.3457  validation 0.5000  best 0.5000 at 1  1:59 left" + end);
  progress(epoch(60, 120, -1, 0.75));
  CHECK(text.taken() ==
        begin + "[########........]  epoch  60/120  nll -1.0000  validation 0.7500  best 0.5000 at 1  1:00 left" + end);
  progress(epoch(61, 120, 2e7, std::numeric_limits<double>::quiet_NaN()));
  CHECK(text.taken() ==
        begin + "[########........]  epoch  61/120  nll 2e+07  validation nan  best 0.5000 at 1  0:59 left" + end);
  progress(epoch(120, 120, 0, 0.25));
  CHECK(text.taken() ==
        begin + "[################]  epoch 120/120  nll 0.0000  validation 0.2500  best 0.2500 at 120  in 2:00" + end +
            "\n");
  progress.end();
  CHECK(text.taken().empty());
}

TEST_CASE("ProgressLine: a line for each tenth elsewhere", "[progress]") {
  WrittenText text;
  ProgressLine progress{{.file = text.file()}};
  for (Index done = 1; done <= 25; ++done) progress(epoch(done, 25, static_cast<double>(done)));
  CHECK(
      text.taken() ==
      "epoch  3/25  nll 3.0000  0:22 left\nepoch  5/25  nll 5.0000  0:20 left\nepoch  8/25  nll 8.0000  0:17 left\n"
      "epoch 10/25  nll 10.0000  0:15 left\nepoch 13/25  nll 13.0000  0:12 left\n"
      "epoch 15/25  nll 15.0000  0:10 left\nepoch 18/25  nll 18.0000  0:07 left\n"
      "epoch 20/25  nll 20.0000  0:05 left\nepoch 23/25  nll 23.0000  0:02 left\nepoch 25/25  nll 25.0000  in 0:25\n");

  // A second run of the same object, shorter than ten.
  for (Index done = 1; done <= 3; ++done) progress(epoch(done, 3, 0));
  CHECK(text.taken() ==
        "epoch 1/3  nll 0.0000  0:02 left\nepoch 2/3  nll 0.0000  0:01 left\nepoch 3/3  nll 0.0000  in 0:03\n");
}

TEST_CASE("ProgressLine: steps are shown at most ten times a second", "[progress]") {
  WrittenText text;
  ProgressLine progress{{.file = text.file(), .in_place = true}};
  const auto step = [&](Index done, double seconds) {
    progress(StepReport{done - 1, 1'000'000, 0.5, 1e-3, seconds});
    return text.taken();
  };
  CHECK(step(1, 0.001) == begin + "[................]  step       1/1000000  loss 0.5000  16:40 left" + end);
  CHECK(step(2, 0.05).empty());
  CHECK(step(3, 0.1001).empty());
  CHECK(step(4, 0.1011) != "");
  CHECK(step(5, 0.15).empty());
  CHECK(step(500'000, 36'000) == begin + "[########........]  step  500000/1000000  loss 0.5000  10:00:00 left" + end);
  CHECK(step(500'001, 36'000.05).empty());
  progress.end();  // shows what it has kept
  CHECK(text.taken() == begin + "[########........]  step  500001/1000000  loss 0.5000  10:00:00 left" + end + "\n");
}

TEST_CASE("ProgressLine: loops of one's own", "[progress]") {
  WrittenText text;
  ProgressLine progress{{.file = text.file(), .unit = "round"}};
  progress.update(1, 2);
  progress.update(2, 2, {{"loss", 1.0}, {"held out", 2.5f}});
  CHECK(
      std::regex_match(text.taken(), std::regex("round 1/2  0:0[01] left\nround 2/2  loss 1.0000  held out 2.5000  in "
                                                "0:0[0-9]\n")));
  // Nothing to divide by, and more than there is.
  progress.update(0, 0);
  progress.update(3, 2);
  CHECK(lines_of(text.taken()) == 2);
}

TEST_CASE("ProgressLine: the line ends with fit, however that ends", "[progress]") {
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xd data = StandardNormal<double, 2>{}.sample(100, rng);
  TransformedDistribution flow{StandardNormal<double, 2>{}, Affine<double, 2>{{0.0, 0.0}, {1.0, 1.0}}};
  WrittenText text;
  FitOptions options{.epochs = 95, .batch_size = 50};
  const ProgressLine in_place{{.file = text.file(), .in_place = true}}, log{{.file = text.file()}};
  const auto stop = [](const EpochReport& report) { return report.epoch < 11; };
  const auto fail = [](const EpochReport& report) {
    if (report.epoch == 11) throw std::runtime_error("enough");
  };

  options.callback = callbacks(in_place, stop);
  CHECK(fit(flow, data, options, rng).stopped_early);
  std::string written = text.taken();
  CHECK(written.find("epoch 12/95") != std::string::npos);
  CHECK(lines_of(written) == 1);
  CHECK(written.ends_with(" left" + end + "\n"));

  options.callback = callbacks(log, fail);
  CHECK_THROWS_AS(fit(flow, data, options, rng), std::runtime_error);
  written = text.taken();
  CHECK(written.starts_with("epoch 10/95"));
  CHECK(written.find("\nepoch 12/95") != std::string::npos);
  CHECK(lines_of(written) == 2);

  options.callback = in_place;
  fit(flow, data, options, rng);
  written = text.taken();
  CHECK(lines_of(written) == 1);
  CHECK(std::regex_search(written, std::regex("epoch 95/95  nll [0-9.]+  in 0:0[0-9]")));

  const auto loss = [&](Index step, Eigen::VectorXd& gradient, Workspace&) {
    gradient.setZero();
    return step < 7 ? 1.0 : std::numeric_limits<double>::infinity();
  };
  CHECK_THROWS_AS(minimize(flow, loss, {.steps = 100, .callback = log}), MinimizationDiverged);
  CHECK(std::regex_match(text.taken(), std::regex("step   7/100  loss 1.0000  0:[0-9]+ left\n")));
}

#if __has_include(<unistd.h>)
TEST_CASE("ProgressLine: a terminal is found, and a dumb one is none", "[progress]") {
  const int keyboard = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (keyboard < 0) return;  // no pseudo-terminals here
  REQUIRE(::grantpt(keyboard) == 0);
  REQUIRE(::unlockpt(keyboard) == 0);
  std::FILE* const terminal = std::fopen(::ptsname(keyboard), "w");
  REQUIRE(terminal != nullptr);
  const char* const before = std::getenv("TERM");
  const std::string kind = before == nullptr ? "" : before;

  const auto shown_on = [&](const char* type) {
    ::setenv("TERM", type, 1);
    ProgressLine{{.file = terminal}}.update(1, 2);
    std::string shown;
    char byte = 0;
    while (byte != '\n' && ::read(keyboard, &byte, 1) == 1) shown += byte;  // a terminal may give a line in pieces
    return shown;
  };
  CHECK(shown_on("xterm").starts_with(begin + "[########........]  epoch 1/2"));
  CHECK(shown_on("dumb").find("epoch 1/2") == 0);
  ::unsetenv("TERM");
  CHECK_FALSE(detail::is_terminal(terminal));
  if (before != nullptr) ::setenv("TERM", kind.c_str(), 1);
  WrittenText text;
  CHECK_FALSE(detail::is_terminal(text.file()));
  std::fclose(terminal);
  ::close(keyboard);
}
#endif
