#pragma once

#include <bijou/core/errors.hpp>
#include <bijou/core/index.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/csv_line.hpp>
#include <bijou/io/file_bytes.hpp>
#include <bijou/training/epoch_callback.hpp>
#include <bijou/training/step_callback.hpp>
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace bijou {

/// Writes how training goes to a CSV file, row by row, so that it can be watched (`tail -f`) and is there if the
/// program is killed: a callback of fit and of all that trains in steps, and an object for loops of one's own.
///
/// | rows | columns |
/// |---|---|
/// | of fit | epoch, train_nll, validation_nll with a validation set, learning_rate, seconds |
/// | of minimize and fits in steps | step, loss, learning_rate, seconds |
/// | of `row` | the names that are given |
///
/// Epochs and steps are counted from 1. A file that was there is replaced with the first row. But if that is of a later
/// epoch, as where fit goes on from a checkpoint, the rows of the epochs before it stay. Copies write to the same file.
/// Throws FileError if the file cannot be written, and std::invalid_argument for a row with other names than the first.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/io/csv_log.hpp>
/// #include <random>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   const auto data = bijou::datasets::two_moons<float>(2'000, 0.05f, rng);
///   bijou::TransformedDistribution flow{bijou::StandardNormal<float, 2>{}, bijou::MAF<float, 2, 32, 32>{rng}};
///   bijou::fit(flow, data,
///              {.epochs = 20, .callback = bijou::callbacks(bijou::ProgressLine{}, bijou::CsvLog{"training.csv"})},
///              rng);
///
///   bijou::CsvLog log("losses.csv");
///   for (int step = 1; step <= 100; ++step) log.row({{"step", step}, {"loss", 1.0 / step}});
/// }
/// @endcode
class CsvLog {
 public:
  explicit CsvLog(std::filesystem::path path) : file_(std::make_shared<File>(std::move(path))) {}

  /// Writes the row of an epoch.
  void operator()(const EpochReport& report) {
    const auto epoch = static_cast<double>(report.epoch + 1);
    if (report.validation_nll) {
      file_->row({{"epoch", epoch},
                  {"train_nll", report.train_nll},
                  {"validation_nll", *report.validation_nll},
                  {"learning_rate", report.learning_rate},
                  {"seconds", report.seconds}},
                 report.epoch);
    } else {
      file_->row({{"epoch", epoch},
                  {"train_nll", report.train_nll},
                  {"learning_rate", report.learning_rate},
                  {"seconds", report.seconds}},
                 report.epoch);
    }
  }

  /// Writes the row of a step.
  void operator()(const StepReport& report) {
    file_->row({{"step", static_cast<double>(report.step + 1)},
                {"loss", report.loss},
                {"learning_rate", report.learning_rate},
                {"seconds", report.seconds}},
               report.step);
  }

  /// Numbers with their names.
  void row(std::initializer_list<std::pair<std::string_view, double>> numbers) { file_->row(numbers, 0); }

 private:
  class File {
   public:
    explicit File(std::filesystem::path path) : path_(std::move(path)) { open(); }

    /// before: how many rows are to be there before the first.
    void row(std::initializer_list<std::pair<std::string_view, double>> numbers, Index before) {
      if (names_.empty())
        begin(numbers, before);
      else if (!std::equal(numbers.begin(), numbers.end(), names_.begin(), names_.end(),
                           [](const auto& number, const std::string& name) { return number.first == name; }))
        detail::throw_invalid_argument("CsvLog", "expected a row with the names of the first row, ", names_.front(),
                                       ", ...; ", path_.string());
      std::string text;
      detail::append_csv_row(text, static_cast<Index>(numbers.size()),
                             [&](Index i) { return numbers.begin()[i].second; });
      errno = 0;
      if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0)
        fail("written");
    }

   private:
    struct Close {
      void operator()(std::FILE* file) const { std::fclose(file); }
    };

    void open() {
      errno = 0;
      file_.reset(std::fopen(path_.string().c_str(), "ab"));
      if (file_ == nullptr) fail("opened for writing");
    }

    void begin(std::initializer_list<std::pair<std::string_view, double>> numbers, Index before) {
      std::vector<std::string> names;
      for (const auto& [name, number] : numbers) names.emplace_back(name);
      detail::require_csv_names("CsvLog", names);
      std::string text;
      detail::append_csv_names(text, names);
      if (before > 0 && std::filesystem::is_regular_file(path_)) append_rows(text, before);
      AtomicFile file(path_);
      file.write(text.data(), text.size());
      file.commit();
      open();
      names_ = std::move(names);
    }

    /// Appends to a header the first rows of what is in the file, if it has this header.
    void append_rows(std::string& text, Index count) const {
      const FileBytes bytes(path_);
      const std::string_view there(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      if (!there.starts_with(text)) return;
      std::size_t end = text.size();
      for (Index i = 0; i < count; ++i) {
        const std::size_t next = there.find('\n', end);
        if (next == std::string_view::npos) break;  // what is behind is no whole row
        end = next + 1;
      }
      text = there.substr(0, end);
    }

    [[noreturn]] void fail(const char* what) const {
      detail::throw_file_error(path_, "cannot be ", what, ": ",
                               std::generic_category().message(errno == 0 ? EIO : errno));
    }

    std::filesystem::path path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::vector<std::string> names_;
  };

  std::shared_ptr<File> file_;
};

}  // namespace bijou
