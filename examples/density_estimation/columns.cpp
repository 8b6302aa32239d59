#include "columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <sstream>

#include "input_error.hpp"

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest = 1e100;  // beyond its squares and reciprocals a double has room for sums
constexpr Eigen::Index least_rows = 20;

std::string text_of(double value) {
  std::ostringstream text;
  text.precision(10);
  text << value;
  return text.str();
}

Eigen::Index require_column(const Table& data, const std::string& option, const std::string& name) {
  const std::optional<Eigen::Index> index = data.find(name);
  if (index) return *index;
  std::string known;
  for (const std::string& other : data.names) known += (known.empty() ? "" : ", ") + other;
  throw InputError(option + ": " + data.source + " has no column " + name + ", it has " + known);
}

/// One for each column. Refuses a column that is not there and one that is named twice.
std::vector<std::optional<Interval>> by_column(const Table& data, const std::string& option,
                                               const std::vector<Interval>& intervals) {
  std::vector<std::optional<Interval>> result(data.names.size());
  for (const Interval& interval : intervals) {
    auto& place = result[static_cast<std::size_t>(require_column(data, option, interval.column))];
    if (place) throw InputError(option + ": " + interval.column + " is named twice");
    place = interval;
  }
  return result;
}

/// lists: names between commas, or one name that has commas itself.
std::vector<bool> by_column(const Table& data, const std::string& option, const std::vector<std::string>& lists) {
  std::vector<bool> result(data.names.size());
  const auto take = [&](const std::string& name) {
    auto place = result[static_cast<std::size_t>(require_column(data, option, name))];
    if (place) throw InputError(option + ": " + name + " is named twice");
    place = true;
  };
  for (const std::string& list : lists) {
    if (list.empty()) throw InputError(option + ": expected the name of a column, got nothing");
    if (data.find(list)) {
      take(list);
      continue;
    }
    std::istringstream names(list);
    for (std::string name; std::getline(names, name, ',');) take(name);
  }
  return result;
}

/// A number on the circle from low to high.
double on_circle(double value, double low, double high) {
  if (value >= low && value <= high) return value;
  const double period = high - low;
  return std::clamp(value - std::floor((value - low) / period) * period, low, high);
}

}  // namespace

Columns::Columns(const Options& options, const Table& data)
    : data_have_names_(data.has_names), data_columns_(data.columns()) {
  const auto bounds = by_column(data, "--bounds", options.bounds);
  const auto circles = by_column(data, "--circular", options.circles);
  const std::vector<bool> is_context = by_column(data, "--context", options.context);
  const std::vector<bool> is_dropped = by_column(data, "--drop", options.drop);

  std::vector<Column> plain;
  for (Eigen::Index i = 0; i < data.columns(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto refuse_both = [&](bool first, bool second, const std::string& what) {
      if (first && second) throw InputError(data.names[at] + " cannot have both " + what);
    };
    refuse_both(bounds[at].has_value(), circles[at].has_value(), "--bounds and --circular");
    refuse_both(bounds[at].has_value(), is_context[at], "--bounds and --context");
    refuse_both(is_dropped[at], is_context[at] || bounds[at] || circles[at], "--drop and another role");
    if (is_dropped[at]) continue;
    Column column{i, data.names[at], circles[at].has_value(), -infinity, infinity};
    if (const auto& given = column.is_circular ? circles[at] : bounds[at]) {
      column.low = given->low;
      column.high = given->high;
    }
    if (column.is_circular && column.low == column.high) {  // one turn in radians, from -pi or from 0
      column.low = data.values.row(i).minCoeff() < 0 ? -std::numbers::pi : 0;
      column.high = column.low + 2 * std::numbers::pi;
    }
    (is_context[at] ? contexts_ : column.is_circular ? events_ : plain).push_back(column);
  }
  const auto circle_count = static_cast<Eigen::Index>(events_.size());
  events_.insert(events_.end(), plain.begin(), plain.end());
  if (events_.empty()) throw InputError(data.source + ": no column is left for the density");
  require_rows(data);
  require_columns(data);

  const auto size = static_cast<Eigen::Index>(events_.size());
  shape_ = {size, 0, circle_count, Eigen::VectorXd(size), Eigen::VectorXd(size)};
  for (const Column& column : contexts_) shape_.context_size += column.is_circular ? 2 : 1;
  for (Eigen::Index i = 0; i < size; ++i) {
    shape_.low(i) = events_[static_cast<std::size_t>(i)].low;
    shape_.high(i) = events_[static_cast<std::size_t>(i)].high;
  }
}

void Columns::require_rows(const Table& data) const {
  const auto columns = static_cast<Eigen::Index>(events_.size() + contexts_.size());
  const Eigen::Index least = (std::max)(least_rows, 4 * columns);
  if (data.rows() < least) {
    throw InputError(data.source + ": " + std::to_string(data.rows()) + (data.rows() == 1 ? " row is" : " rows are") +
                     " too few for " + std::to_string(columns) + (columns == 1 ? " column" : " columns") +
                     ", expected at least " + std::to_string(least));
  }
}

void Columns::require_columns(const Table& data) const {
  for (const Column& column : all()) {
    const auto values = data.values.row(column.index);
    if (values.minCoeff() == values.maxCoeff())
      throw InputError(data.source + ": column " + column.name + " is constant, leave it out with --drop");
    if (!(values.cwiseAbs().maxCoeff() < largest) || !(values.maxCoeff() - values.minCoeff() > 1 / largest)) {
      throw InputError(data.source + ": column " + column.name + " goes from " + text_of(values.minCoeff()) + " to " +
                       text_of(values.maxCoeff()) + ", expected numbers below " + text_of(largest) +
                       " that differ by more than " + text_of(1 / largest) + "; choose another unit");
    }
    const double margin = column.is_circular ? 1e-3 * (column.high - column.low) : 0;  // for rounded angles
    for (Eigen::Index n = 0; n < data.rows(); ++n) {
      const double x = values(n);
      const bool inside = column.is_circular ? x >= column.low - margin && x <= column.high + margin
                                             : x > column.low && x < column.high;
      if (inside) continue;
      throw InputError(data.place(n) + ", column " + column.name + ": " + text_of(x) +
                       (column.is_circular ? " is not on the circle from " : " is not between the bounds ") +
                       text_of(column.low) + (column.is_circular ? " to " : " and ") + text_of(column.high));
    }
  }
}

std::vector<Columns::Column> Columns::all() const {
  std::vector<Column> columns = events_;
  columns.insert(columns.end(), contexts_.begin(), contexts_.end());
  std::sort(columns.begin(), columns.end(), [](const Column& a, const Column& b) { return a.index < b.index; });
  return columns;
}

std::vector<std::string> Columns::names() const {
  std::vector<std::string> names;
  for (const Column& column : all()) names.push_back(column.name);
  return names;
}

std::vector<std::string> Columns::names_of_model() const {
  std::vector<std::string> names;
  for (const Column& column : events_) names.push_back(column.name);
  for (const Column& column : contexts_) {
    if (column.is_circular)
      throw InputError("--model: the context " + column.name + " is circular, a model takes its sine and cosine");
    names.push_back(column.name);
  }
  return names;
}

Eigen::MatrixXd Columns::used(const Table& data) const {
  std::vector<Eigen::Index> rows;
  for (const Column& column : all()) rows.push_back(column.index);
  return data.values(rows, Eigen::seqN(0, data.values.cols()));
}

Rows Columns::rows_of(const Table& table) const {
  const bool by_place = !table.has_names && !data_have_names_ && table.columns() == data_columns_;
  const auto values = [&](const Column& column) {
    return table.values.row(by_place ? column.index : require_column(table, "--score", column.name));
  };
  Rows rows{Eigen::MatrixXd(shape_.size, table.rows()), Eigen::MatrixXd(shape_.context_size, table.rows())};
  Eigen::Index at = 0;
  for (const Column& column : events_) {
    rows.events.row(at) = values(column);
    if (column.is_circular) {
      for (double& x : rows.events.row(at)) x = on_circle(x, column.low, column.high);
    }
    ++at;
  }
  at = 0;
  for (const Column& column : contexts_) {
    const Eigen::RowVectorXd x = values(column);
    if (!column.is_circular) {
      rows.contexts.row(at++) = x;
      continue;
    }
    const Eigen::ArrayXd angle = x.array() * (2 * std::numbers::pi / (column.high - column.low));
    rows.contexts.row(at++) = angle.sin().matrix().transpose();
    rows.contexts.row(at++) = angle.cos().matrix().transpose();
  }
  return rows;
}

Eigen::MatrixXd Columns::table_of(const Eigen::MatrixXd& events, const Table& data,
                                  const std::vector<Eigen::Index>& rows_of_contexts) const {
  Eigen::MatrixXd whole(data_columns_, events.cols());
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const Column& column = events_[i];
    whole.row(column.index) = events.row(static_cast<Eigen::Index>(i));
    if (!column.is_circular) continue;
    for (double& x : whole.row(column.index)) x = on_circle(x, column.low, column.high);
  }
  for (const Column& column : contexts_) whole.row(column.index) = data.values(column.index, rows_of_contexts);
  std::vector<Eigen::Index> rows;
  for (const Column& column : all()) rows.push_back(column.index);
  return whole(rows, Eigen::seqN(0, whole.cols()));
}
