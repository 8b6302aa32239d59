#include "plots.hpp"

#include <fstream>
#include <stdexcept>

namespace {

const std::string style = R"(reset
set datafile separator ','
set size ratio -1
set border lw 1.2 lc rgb '#404040'
set tics out nomirror
set format '%g'
set title font ',17'
set key off
set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', 3 '#31688e', 4 '#26828e', \
                     5 '#1f9e89', 6 '#35b779', 7 '#6ece58', 8 '#b5de2b', 9 '#fde725')  # viridis
set cbrange [0:*]
set autoscale cbfix
)";

const std::string axes = "set xlabel 'x_1'\nset ylabel 'x_2' rotate by 0\n";

// The windows on the plane: for the normal densities, for the flow, and close to the moons.
const std::string wide = "set xrange [-4.5:4.5]\nset yrange [-4.5:4.5]\n";
const std::string middle = "set xrange [-2.5:2.5]\nset yrange [-2.5:2.5]\n";
const std::string close = "set xrange [-1.5:2.5]\nset yrange [-1.25:1.75]\nset xtics 1\nset ytics 1\n";

const std::string blue = "31688e";
const std::string purple = "440154";

std::string points(const std::string& title, const std::string& file, const std::string& colour) {
  return "set title '" + title + "'\nplot '" + file + ".csv' skip 1 using 1:2 with points pt 7 ps 0.3 lc rgb '#90" +
         colour + "'\n";
}

std::string density(const std::string& title, const std::string& file) {
  return "set title '" + title + "'\nset cblabel 'density' offset 1\nplot '" + file +
         ".csv' skip 1 using 1:2:3 with image\n";
}

/// Panels side by side; margins and gap are shares of the width and height of the picture.
std::string panels(int count, const std::string& margins, const std::string& gap, const std::string& plots) {
  return "set multiplot layout 1," + std::to_string(count) + " margins " + margins + " spacing " + gap + "\n" + plots +
         "unset multiplot\n";
}

const std::string loss = R"(set size noratio
set title 'Negative log-likelihood'
set xrange [0:*]
set xlabel 'epoch'
set ylabel 'nats per point'
set key top right
set grid ytics lt 1 lw 1 lc rgb '#e0e0e0'
plot 'loss.csv' skip 1 using 1:2 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#31688e' title 'training', \
     '' skip 1 using 1:3 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#d1495b' title 'held out', \
     '' skip 1 using 1:4 with lines lw 2 dt 2 lc rgb '#404040' title 'entropy of the data'
)";

struct Script {
  std::string name;
  int width;  // of the picture, in pixels
  int height;
  std::string body;
};

std::vector<Script> scripts() {
  const std::string affine = "(1, 0.5) z + (0.5, 0.25)";
  return {
      {"base_samples", 900, 880, axes + wide + points("Samples of the base, a standard normal", "base_samples", blue)},
      {"affine", 1500, 720,
       axes + wide +
           panels(2, "0.07,0.91,0.11,0.92", "0.08",
                  points("Samples of " + affine, "affine_samples", blue) +
                      density("Density of " + affine, "affine_density"))},
      {"untrained_density", 900, 780, axes + middle + density("Density of the untrained flow", "untrained_density")},
      {"loss", 900, 600, loss},
      {"trained_density", 900, 780, axes + middle + density("Density of the trained flow", "trained_density")},
      {"samples", 1500, 620,
       axes + close +
           panels(2, "0.07,0.985,0.13,0.91", "0.08",
                  points("Data", "data", blue) + points("Samples of the trained flow", "flow_samples", purple))},
      {"two_moons", 1500, 445,
       close + "unset colorbox\n" +
           panels(3, "0.035,0.985,0.11,0.885", "0.035",
                  points("Data", "data", blue) + density("Density of the trained flow", "trained_density") +
                      points("Samples of the trained flow", "flow_samples", purple))},
  };
}

std::string text_of(const Script& script) {
  return style + "set terminal pngcairo size " + std::to_string(script.width) + "," + std::to_string(script.height) +
         " font 'sans,15' background rgb 'white'\nset output '" + script.name + ".png'\n" + script.body +
         "unset output\n";
}

}  // namespace

std::vector<std::string> write_gnuplot_scripts(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const Script& script : scripts()) {
    names.push_back(script.name + ".gp");
    std::ofstream file(folder / names.back());
    file << text_of(script);
    file.close();
    if (!file) throw std::runtime_error("cannot write " + (folder / names.back()).string());
  }
  return names;
}
