#include "plots.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "../support/gnuplot.hpp"
#include "table.hpp"

namespace {

const std::string style = R"(reset
set datafile separator ','
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set format '%g'
)";

const std::string loss = R"(set xlabel 'epoch'
set ylabel 'loss, nats per row'
set key top right
set grid ytics lt 1 lw 1 lc rgb '#e0e0e0'
plot 'loss.csv' skip 1 using 1:2 with lines lw 2 lc rgb '#31688e' title 'training', \
     '' skip 1 using 1:3 with lines lw 2 lc rgb '#d1495b' title 'validation', \
     '' skip 1 using (column(4) == 1 ? column(1) : NaN):3 with points pt 7 ps 1.4 lc rgb '#d1495b' title 'kept'
)";

constexpr int most_panels = 12;  // a side of the corner

std::string terminal(const std::string& name, int width, int height, int font_size) {
  std::ostringstream text;
  text << "set terminal pngcairo noenhanced size " << width << "," << height << " font 'sans," << font_size
       << "' background rgb 'white'\nset output '" << name << ".png'\n";
  return text.str();
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : c == '\n' ? " " : std::string(1, c);
  return result + "'";
}

/// Where all but one in 200 of the numbers on either side lie, with a margin.
std::pair<double, double> range_of(const Eigen::RowVectorXd& values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t cut = sorted.size() / 200;
  const double low = sorted[cut];
  const double high = sorted[sorted.size() - 1 - cut];
  const double margin = high > low ? 0.06 * (high - low) : 1;
  return {low - margin, high + margin};
}

/// The next number of 1, 2 or 5 times a power of ten.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least) return factor * power;
  }
  return 10 * power;
}

/// Histograms on the diagonal, points below it.
std::string corner_script(const std::vector<std::string>& names, const Eigen::MatrixXd& data) {
  const int count = (std::min)(static_cast<int>(names.size()), most_panels);
  const int panel = count <= 3 ? 300 : count <= 6 ? 220 : 150;  // pixels
  const int font_size = count <= 6 ? 12 : 9;
  const int left = 90, bottom = 70, top = 45, right = 25, gap = 14;
  const int width = left + count * panel + (count - 1) * gap + right;
  const int height = bottom + count * panel + (count - 1) * gap + top;
  std::vector<std::pair<double, double>> ranges;
  for (int i = 0; i < count; ++i) ranges.push_back(range_of(data.row(i)));

  std::ostringstream text;
  text.precision(10);
  text << style << terminal("corner", width, height, font_size) << "set multiplot\nunset key\n"
       << "set label 1 'data' at screen " << 1 - 150.0 / width << "," << 1 - 25.0 / height
       << " tc rgb '#31688e' font ',15'\nset label 2 'samples' at screen " << 1 - 95.0 / width << ","
       << 1 - 25.0 / height << " tc rgb '#d1495b' font ',15'\n";
  const auto range = [&](const char* axis, int i) {
    const auto& [low, high] = ranges[static_cast<std::size_t>(i)];
    text << "set " << axis << "range [" << low << ":" << high << "]\nset " << axis << "tics "
         << round_step((high - low) / 4) << "\n";
  };
  for (int row = 0; row < count; ++row) {
    for (int column = 0; column <= row; ++column) {
      const int x = left + column * (panel + gap);
      const int y = bottom + (count - 1 - row) * (panel + gap);
      text << "set lmargin at screen " << static_cast<double>(x) / width << "\nset rmargin at screen "
           << static_cast<double>(x + panel) / width << "\nset bmargin at screen " << static_cast<double>(y) / height
           << "\nset tmargin at screen " << static_cast<double>(y + panel) / height << "\n";
      range("x", column);
      text << (row == count - 1
                   ? "set format x '%.4g'\nset xlabel " + quoted(names[static_cast<std::size_t>(column)]) + "\n"
                   : "set format x ''\nunset xlabel\n");
      if (row == column) {
        const auto& [low, high] = ranges[static_cast<std::size_t>(row)];
        std::ostringstream histogram;
        histogram.precision(10);
        histogram << row + 1 << " bins=40 binrange [" << low << ":" << high << "] with ";
        text << "set yrange [0:*]\nset offsets 0,0,graph 0.08,0\nunset ytics\nunset ylabel\nplot 'corner_data.csv' "
                "skip 1 using "
             << histogram.str() << "boxes fs solid 0.35 noborder lc rgb '#31688e', 'corner_samples.csv' skip 1 using "
             << histogram.str() << "histeps lw 2 lc rgb '#d1495b'\n";
      } else {
        const std::string points = " skip 1 using " + std::to_string(column + 1) + ":" + std::to_string(row + 1) +
                                   " with points pt 7 ps 0.25 lc rgb ";
        text << "unset offsets\n";
        range("y", row);
        text << (column == 0 ? "set format y '%.4g'\nset ylabel " + quoted(names[static_cast<std::size_t>(row)]) + "\n"
                             : "set format y ''\nunset ylabel\n");
        text << "plot 'corner_data.csv'" << points << "'#a031688e', 'corner_samples.csv'" << points << "'#a0d1495b'\n";
      }
      text << "unset label\n";
    }
  }
  text << "unset multiplot\nunset output\n";
  return text.str();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::vector<std::string> picture_files() {
  return {"corner_data.csv", "corner_samples.csv", "corner.gp", "corner.png", "loss.csv", "loss.gp", "loss.png"};
}

bool draw_pictures(const std::filesystem::path& folder, const std::vector<std::string>& names,
                   const Eigen::MatrixXd& data, const Eigen::MatrixXd& samples, const Losses& losses) {
  write_table(folder / "corner_data.csv", names, data);
  write_table(folder / "corner_samples.csv", names, samples);
  write_text(folder / "corner.gp", corner_script(names, data));

  Eigen::MatrixXd table(4, static_cast<Eigen::Index>(losses.train.size()));
  for (std::size_t i = 0; i < losses.train.size(); ++i) {
    table.col(static_cast<Eigen::Index>(i)) << static_cast<double>(i + 1), losses.train[i], losses.validation[i],
        i == losses.best_epoch ? 1.0 : 0.0;
  }
  write_table(folder / "loss.csv", {"epoch", "training", "validation", "kept"}, table);
  write_text(folder / "loss.gp", style + terminal("loss", 900, 600, 15) + loss + "unset output\n");
  return draw(folder, {"corner.gp", "loss.gp"});
}
